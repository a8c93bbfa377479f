import type { Draft } from "../config/draft";
import { parsed } from "../config/parsed";

/** Where events come from, as its file says it. */
export interface Source {
  id: string;
  name: string;
  writeKey: string;
  kind: "browser" | "server";
  identity: { mode: "signed" | "required" | "when_present" | "open" | "off"; secret?: string };
  origins?: string[];
}

/** What a draft has in the list, whatever it is. */
export function listed(texts: Draft["texts"]): unknown[] {
  const { sources } = parsed(texts["sources.json"]) ?? {};
  return Array.isArray(sources) ? sources : [];
}

/** The sources of a draft; what somebody has begun to write there is none yet. */
export const sourcesOf = (texts: Draft["texts"]): Source[] => listed(texts).filter(isSource);

function isSource(one: unknown): one is Source {
  const { id, name, writeKey, identity } = (one ?? {}) as Partial<Source>;
  return [id, name, writeKey, identity?.mode].every((field) => typeof field === "string");
}
