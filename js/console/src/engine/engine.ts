// The engine as wasm, loaded when it is first asked: what it says, the edge would say.

import { useQuery } from "@tanstack/react-query";
import type { Schema } from "../api/client";
import type { Files } from "../config/draft";
import init, { check, phase, render, sentence } from "../../build/engine/engine";
import wasm from "../../build/engine/engine_bg.wasm?url";

/** What bears on a config beside its files, as far as it is known. */
export interface Known {
  /** How many are in a segment. */
  members?: Record<string, number>;
  /** Placements that pages have asked for. */
  placements?: string[];
}

/** What segments and imported audiences are called. */
export interface Names {
  segments: Record<string, string>;
  audiences: Record<string, string>;
}

export interface Checked {
  errors: Schema<"FileError">[];
  warnings: Schema<"FileError">[];
}

export interface Engine {
  check: (files: Files, known: Known) => Checked;
  sentence: (rule: unknown, names: Names) => { sentence: string; reason?: undefined } | { sentence?: undefined; reason: string };
  /** How an offer's schedule stands now. */
  phase: (schedule: unknown) => Phase | undefined;
  /** An offer's content, with data in it. */
  render: (content: unknown, data: unknown) => { content: Content; reason?: undefined } | { content?: undefined; reason: string };
}

export type Phase = "planned" | "running" | "resting" | "over";

export type Content = { type: "html"; html: string } | { type: "json"; json: unknown };

async function load(): Promise<Engine> {
  await init({ module_or_path: wasm });
  return {
    check: (files, known) => JSON.parse(check(JSON.stringify(files), JSON.stringify(known), Date.now())) as Checked,
    sentence: (rule, names) => JSON.parse(sentence(JSON.stringify(rule), JSON.stringify(names))) as ReturnType<Engine["sentence"]>,
    phase: (schedule) => (JSON.parse(phase(JSON.stringify(schedule ?? {}), Date.now())) as { phase?: Phase }).phase,
    render: (content, data) => JSON.parse(render(JSON.stringify(content), JSON.stringify(data))) as ReturnType<Engine["render"]>,
  };
}

export const useEngine = () => useQuery({ queryKey: ["engine"], queryFn: load, staleTime: Infinity, gcTime: Infinity, networkMode: "always" });
