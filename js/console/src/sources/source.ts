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

/** All that a draft has; none where the file is missing, or not what it should be. */
export function sourcesOf(texts: Draft["texts"]): Source[] | undefined {
  const { sources } = parsed(texts["sources.json"]) ?? {};
  return Array.isArray(sources) ? (sources as Source[]) : undefined;
}
