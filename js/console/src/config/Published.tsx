import type { ReactNode } from "react";
import { api, told } from "../api/client";
import { Problem } from "../frame/Problem";
import { Waiting } from "../frame/Waiting";
import { draftOf, type Draft } from "./draft";

/** Shows `children` what is published, as a draft; before that, that it is under way. */
export function Published({ children }: { children: (published: Draft) => ReactNode }) {
  const config = api.useQuery("get", "/v1/config", {}, { refetchOnWindowFocus: false });
  if (config.isPending) return <Waiting />;
  if (config.data) return children(draftOf(config.data.version, config.data.files));
  if (told(config.error).code === "no_config") return children(draftOf(0, {}));
  return <Problem error={config.error} retry={config.refetch} />;
}
