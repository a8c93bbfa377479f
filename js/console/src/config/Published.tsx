import { useMemo, type ReactNode } from "react";
import { api, told } from "../api/client";
import { Problem } from "../frame/Problem";
import { Waiting } from "../frame/Waiting";
import { draftOf, type Draft } from "./draft";

/** Shows `children` what is published, as a draft; before that, that it is under way. */
export function Published({ children }: { children: (published: Draft) => ReactNode }) {
  const config = api.useQuery("get", "/v1/config", {}, { refetchOnWindowFocus: false });
  const published = useMemo(() => config.data && draftOf(config.data.version, config.data.files), [config.data]);
  if (config.isPending) return <Waiting />;
  if (published) return children(published);
  if (told(config.error).code === "no_config") return children(draftOf(0, {}));
  return <Problem error={config.error} retry={config.refetch} />;
}
