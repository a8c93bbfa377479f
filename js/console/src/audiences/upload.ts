// A list on its way to the edge: in parts, some at a time, while the file is being read. What was cut off goes on where it was.

import { answered, edge, type Schema } from "../api/client";
import { parts, type Part } from "./cut";
import { inLanes } from "./lanes";

export interface Progress {
  /** Of the file, from 0 to 1. */
  sent: number;
  rows: number;
  bad: number;
  building?: { done: number; of: number };
}

type Mode = "replace" | "delta";
type Import = Schema<"Import">;

/** Parts under way at a time. */
const LANES = 3;
const LOOK_MS = 500;

/** Under which this browser remembers an upload that was cut off. */
const memory = (audience: string, mode: Mode, { name, size, lastModified }: File) => `selvedge/import/${audience}/${mode}/${name}/${size}/${lastModified}`;

const at = (audience: string, id: string) => ({ params: { path: { id: audience, import: id } } });

/** The import that takes this file: the one that was begun before, if it still takes parts. */
async function begin(audience: string, mode: Mode, file: File): Promise<Import> {
  const key = memory(audience, mode, file);
  const begun = localStorage.getItem(key);
  if (begun) {
    const { data } = await edge.GET("/v1/audiences/{id}/imports/{import}", at(audience, begun));
    if (data && ["uploading", "building"].includes(data.status)) return data;
  }
  const made = await answered(edge.POST("/v1/audiences/{id}/imports", { params: { path: { id: audience } }, body: { mode } }));
  localStorage.setItem(key, made.id);
  return made;
}

async function put(audience: string, id: string, part: Part, signal: AbortSignal) {
  return answered(
    edge.PUT("/v1/audiences/{id}/imports/{import}/parts/{part}", {
      params: { path: { id: audience, import: id, part: String(part.n) }, query: { firstLine: part.firstLine } },
      headers: { "content-type": "text/csv" },
      body: part.bytes as never,
      bodySerializer: (body: unknown) => body as BodyInit,
      signal,
    }),
  );
}

async function* chunks(file: File, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      signal.throwIfAborted();
      yield next.value;
    }
  } finally {
    await reader.cancel();
  }
}

/** Uploads a list and waits until it counts; gives what came of it. */
export async function upload(audience: string, mode: Mode, file: File, signal: AbortSignal, tell: (progress: Progress) => void): Promise<Import> {
  const begun = await begin(audience, mode, file);
  const there = new Set(begun.uploaded ?? []);
  const progress: Progress = { sent: 0, rows: begun.rows, bad: begun.bad };
  if (begun.status === "uploading") {
    let count = 0;
    await inLanes(LANES, parts(chunks(file, signal)), async (part) => {
      count += 1;
      progress.sent = part.read / Math.max(1, file.size);
      tell({ ...progress });
      if (there.has(part.n)) return;
      const { rows, bad } = await put(audience, begun.id, part, signal);
      [progress.rows, progress.bad] = [progress.rows + rows, progress.bad + bad];
    });
    signal.throwIfAborted();
    await answered(edge.POST("/v1/audiences/{id}/imports/{import}/commit", { ...at(audience, begun.id), body: { parts: count } }));
  }
  for (;;) {
    const now = await answered(edge.GET("/v1/audiences/{id}/imports/{import}", at(audience, begun.id)));
    tell({ sent: 1, rows: now.rows, bad: now.bad, building: { done: now.shardsDone, of: now.shards ?? 0 } });
    if (now.status !== "building") {
      localStorage.removeItem(memory(audience, mode, file));
      return now;
    }
    await new Promise((after) => setTimeout(after, LOOK_MS));
    signal.throwIfAborted();
  }
}
