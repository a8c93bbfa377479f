import { Button } from "@mantine/core";
import { useState } from "react";
import { PreviewDialog } from "../preview/PreviewDialog";
import { useDrafting } from "./Drafting";
import { filesOf, type Draft, type Files } from "./draft";

/** Shows what a draft would be on the site, and to anybody. */
export function PreviewButton({ draft, disabled }: { draft: Draft; disabled?: boolean }) {
  const { tell } = useDrafting();
  const [files, setFiles] = useState<Files>();
  const preview = () => {
    const { files, wrong } = filesOf(draft);
    tell(wrong);
    if (wrong.length === 0) setFiles(files);
  };
  return (
    <>
      <Button variant="default" disabled={disabled} onClick={preview}>Preview…</Button>
      {files && <PreviewDialog files={files} onClose={() => setFiles(undefined)} />}
    </>
  );
}
