import { api, type Schema } from "../api/client";
import { nameOf } from "./parsed";

/** What segments and offers are called, by their ids; the id itself where nobody has named it. */
export interface Called {
  segment: (id: string) => string;
  offer: (id: string) => string;
}

export function calledIn(files: Schema<"Files">): Called {
  const called = (folder: string) => (id: string) => nameOf({ id, content: (files[`${folder}/${id}.json`] ?? {}) as { name?: unknown } });
  return { segment: called("segments"), offer: called("offers") };
}

/** As what is published says it. */
export function useNames(): Called {
  const config = api.useQuery("get", "/v1/config", {}, { retry: false });
  return calledIn(config.data?.files ?? {});
}
