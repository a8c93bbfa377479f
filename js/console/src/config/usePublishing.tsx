import { Alert, Anchor, Box, Button, Group, List, Modal, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import { api, told, type Schema } from "../api/client";
import { Problem } from "../frame/Problem";
import { PreviewDialog } from "../preview/PreviewDialog";
import { Changes } from "./Changes";
import { ConflictDialog } from "./ConflictDialog";
import { draftOf, filesOf, type Draft } from "./draft";

interface History {
  past: Draft["texts"][];
  texts: Draft["texts"];
  future: Draft["texts"][];
  /** What was changed last: what is written on and on in the same place is one step. */
  at?: string;
}

/** So many steps can be taken back. */
const STEPS = 100;

export interface Publishing {
  draft: Draft;
  /** As it was published. */
  before: Draft;
  touched: ReadonlySet<string>;
  wrong: Schema<"FileError">[];
  /** `at` names the place, where somebody goes on writing. */
  write: (texts: Draft["texts"], at?: string) => void;
  undo?: () => void;
  redo?: () => void;
  /** Asks the edge what it would come to, and shows that. */
  look: () => void;
  isLooking: boolean;
  /** Shows what it would be on the site, and to anybody. */
  preview: () => void;
  /** What was wrong with what the edge was asked; the dialogs that follow. */
  shown: ReactNode;
}

interface Options {
  /** Shows a file that something is wrong with. */
  go?: (file: string) => void;
  /** What the draft begins with, if that is more than what is published. */
  begun?: Draft["texts"];
}

/** A draft on its way: what is written, steps back, the edge's word on it, and somebody else who was quicker. */
export function usePublishing(first: Draft, { go, begun = first.texts }: Options = {}): Publishing {
  const queries = useQueryClient();
  // What was published when this began; what is published meanwhile does not change what somebody is writing.
  const [before, setBefore] = useState(first);
  const [history, setHistory] = useState<History>({ past: [], texts: begun, future: [] });
  const [wrong, setWrong] = useState<Schema<"FileError">[]>([]);
  const draft: Draft = { base: before.base, texts: history.texts };
  const touched = new Set([...Object.keys(draft.texts), ...Object.keys(before.texts)].filter((name) => draft.texts[name] !== before.texts[name]));
  useBlocker({ shouldBlockFn: () => touched.size > 0 && !confirm("What you have written is not published. Leave it?"), enableBeforeUnload: () => touched.size > 0 });

  // Whoever has written nothing sees what is published since.
  useEffect(() => {
    if (first.base <= before.base || touched.size > 0) return;
    setBefore(first);
    setHistory({ past: [], texts: first.texts, future: [] });
  }, [first.base]);

  const write: Publishing["write"] = (texts, at) => {
    setHistory((history) => {
      const goesOn = at !== undefined && at === history.at;
      return { texts, at, future: [], past: goesOn ? history.past : [...history.past.slice(-STEPS), history.texts] };
    });
    setWrong([]);
  };
  const step = (to: "past" | "future") => () => {
    setWrong([]);
    setHistory(({ past, texts, future }) =>
      to === "past"
        ? { past: past.slice(0, -1), texts: past.at(-1) ?? texts, future: [texts, ...future] }
        : { past: [...past, texts], texts: future[0] ?? texts, future: future.slice(1) },
    );
  };

  const check = api.useMutation("put", "/v1/config");
  const publish = api.useMutation("put", "/v1/config");
  const reset = () => {
    check.reset();
    publish.reset();
  };
  const conflict = [publish.error, check.error].find((error) => error && told(error).code === "config_changed") as Schema<"ConfigChanged"> | undefined;
  const invalid = (error: unknown) => setWrong(error && typeof error === "object" && "errors" in error ? (error.errors as Schema<"FileError">[]) : []);
  const look = () => {
    const { files, wrong } = filesOf(draft);
    setWrong(wrong);
    if (wrong.length === 0) check.mutate({ params: { query: { dryRun: "1" } }, body: { files, base: draft.base } }, { onError: invalid });
  };
  const [previewed, setPreviewed] = useState<Schema<"Files">>();
  const preview = () => {
    const { files, wrong } = filesOf(draft);
    setWrong(wrong);
    if (wrong.length === 0) setPreviewed(files);
  };
  const send = () =>
    publish.mutate(
      { body: { files: filesOf(draft).files, base: draft.base } },
      {
        onError: invalid,
        onSuccess: async (answer) => {
          const version = "version" in answer ? answer.version : draft.base;
          setBefore({ base: version, texts: draft.texts });
          reset();
          await queries.invalidateQueries();
          notifications.show({ color: "green", title: `Version ${version} is published`, message: "It is live within seconds. You can go back to any version." });
        },
      },
    );
  const valid = check.data && "valid" in check.data ? check.data : undefined;
  const other = [publish.error, check.error].find((error) => error && !["config_changed", "invalid_config"].includes(told(error).code));

  const shown = (
    <>
      {wrong.length > 0 && (
        <Alert color="red" variant="light" mb="md" title="This can't be published" role="alert">
          <List size="sm" c="var(--mantine-color-text)">
            {wrong.map((error, index) => (
              <List.Item key={index}>
                {go ? <Anchor component="button" type="button" inherit onClick={() => go(error.file)}>{error.file}</Anchor> : error.file}
                {error.path && <> at <b>{error.path}</b></>}: {error.reason}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {other !== undefined && <Box mb="md"><Problem error={other} /></Box>}
      {previewed && <PreviewDialog files={previewed} onClose={() => setPreviewed(undefined)} />}
      {valid && !conflict && (
        <Modal opened onClose={() => check.reset()} title="Publish" size="xl">
          <Stack>
            <Changes changes={valid.changes} />
            {valid.warnings?.map((warning, index) => (
              <Alert key={index} color="orange" variant="light" title={warning.file}>{warning.reason}</Alert>
            ))}
            <Group justify="flex-end">
              <Button variant="default" onClick={() => check.reset()}>Go on writing</Button>
              <Button loading={publish.isPending} onClick={send}>Publish</Button>
            </Group>
          </Stack>
        </Modal>
      )}
      {conflict && (
        <ConflictDialog
          conflict={conflict}
          close={reset}
          take={(files) => {
            reset();
            setBefore({ ...before, base: conflict.current.version });
            write(draftOf(conflict.current.version, files).texts);
          }}
        />
      )}
    </>
  );
  return {
    draft,
    before,
    touched,
    wrong,
    write,
    undo: history.past.length > 0 ? step("past") : undefined,
    redo: history.future.length > 0 ? step("future") : undefined,
    look,
    isLooking: check.isPending,
    preview,
    shown,
  };
}
