import { useLocation } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { TextLink } from "../frame/TextLink";

/** To where a file is written: its own page, or the text of it for whoever is among the files. */
export function FileLink({ file, children }: { file: string; children: ReactNode }) {
  const isAmongFiles = useLocation().pathname.endsWith("/config/edit");
  const [folder, id = ""] = file.replace(/\.json$/, "").split("/");
  if (!isAmongFiles && folder === "segments") return <TextLink to="/audiences/$id" params={{ id }} inherit>{children}</TextLink>;
  if (!isAmongFiles && folder === "audiences") return <TextLink to="/audiences/lists/$id" params={{ id }} inherit>{children}</TextLink>;
  if (!isAmongFiles && folder === "offers") return <TextLink to="/offers/$id" params={{ id }} inherit>{children}</TextLink>;
  return <TextLink to="/config/edit" search={{ file }} inherit>{children}</TextLink>;
}
