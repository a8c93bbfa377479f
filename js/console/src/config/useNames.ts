import { api, type Schema } from "../api/client";
import type { Draft } from "./draft";
import { nameOf, parsed } from "./parsed";

/** What segments and offers are called, by their ids; the id itself where nobody has named it. */
export interface Called {
  segment: (id: string) => string;
  offer: (id: string) => string;
}

export function calledIn(files: Schema<"Files">): Called {
  const called = (folder: string) => (id: string) => nameOf({ id, content: (files[`${folder}/${id}.json`] ?? {}) as { name?: unknown } });
  return { segment: called("segments"), offer: called("offers") };
}

/** What the engine says of a draft, with what segments and offers are called in place of their ids. Placements have their ids alone. */
export function inWords({ path, reason }: Schema<"FileError">, { texts }: Draft): string {
  if (path === "placement") return reason;
  return reason.replace(/`([^`]+)`/g, (said, id: string) => {
    const content = parsed(texts[`segments/${id}.json`]) ?? parsed(texts[`offers/${id}.json`]);
    return content ? `“${nameOf({ id, content })}”` : said;
  });
}

/** As what is published says it. */
export function useNames(): Called {
  const config = api.useQuery("get", "/v1/config", {}, { retry: false });
  return calledIn(config.data?.files ?? {});
}
