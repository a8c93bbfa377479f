import { Alert, Button } from "@mantine/core";
import { ResetIcon } from "@radix-ui/react-icons";
import type { ReactNode } from "react";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { useMay } from "../session/session";
import { without } from "./draft";
import type { Writing } from "./useDraft";

interface Props {
  file: string;
  title: string;
  writing: Writing;
  /** Stands before how it is. */
  about: ReactNode;
  /** What else can be done. */
  children?: ReactNode;
}

/** Over the page of one file: how it stands, steps back, and taking it away. */
export function FileHeading({ file, title, writing, about, children }: Props) {
  const mayPublish = useMay("publish");
  const { draft, before, touched, write, undo, redo } = writing;
  const published = before.texts[file];
  const isThere = file in draft.texts;
  const state = !isThere ? (published ? "removed, not published" : "not there") : !published ? "not published yet" : touched.has(file) ? "changed, not published" : "published";
  return (
    <>
      <Heading title={title} about={<>{about} · {state}</>}>
        {mayPublish && (
          <>
            <Button variant="default" leftSection={<ResetIcon />} disabled={!undo} onClick={undo}>Undo</Button>
            <Button variant="default" disabled={!redo} onClick={redo}>Redo</Button>
            {published !== undefined && touched.has(file) && <Button variant="default" onClick={() => write({ ...draft.texts, [file]: published })}>As it was published</Button>}
            {isThere && <Button variant="default" onClick={() => write(without(draft.texts, file))}>Remove</Button>}
            {children}
          </>
        )}
      </Heading>
      {!mayPublish && <Alert variant="light" mb="md" title="You can look">Publishing needs the role editor.</Alert>}
      {!isThere && (published !== undefined
        ? <Alert color="orange" variant="light" mb="md" title="Removed from your draft">It is gone when you publish. Until then it can be had back.</Alert>
        : <Empty title="There is nothing here">It was removed, or it never was. The list has all there are.</Empty>)}
    </>
  );
}
