import { Alert, Badge, Box, Button, Group, List, Modal, Paper, Stack, Text } from "@mantine/core";
import { useDisclosure, useResizeObserver } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Fragment, useLayoutEffect } from "react";
import { answered, api, edge, told, type Schema } from "../api/client";
import { Problem } from "../frame/Problem";
import { Changes } from "./Changes";
import { ConflictDialog } from "./ConflictDialog";
import { touchedIn, useDrafting, type Held } from "./Drafting";
import { draftOf, filesOf, type Draft, type Files } from "./draft";
import { FileLink } from "./FileLink";
import { nameOf, parsed } from "./parsed";
import { inWords } from "./useNames";

/** So many changes are named. */
const NAMED = 3;

/** What is written and not published, on every page, until it is published or thrown away. */
export default function DraftBar({ held }: { held: Held }) {
  const { wrong, begin, tell } = useDrafting();
  const queries = useQueryClient();
  const [throwing, toThrow] = useDisclosure();
  const touched = touchedIn(held);
  const draft: Draft = { base: held.before.base, texts: held.texts };

  const check = api.useMutation("put", "/v1/config");
  const publish = api.useMutation("put", "/v1/config", {
    onSuccess: async (answer) => {
      await queries.invalidateQueries();
      begin();
      notifications.show({ color: "green", title: `Version ${"version" in answer ? answer.version : ""} is published`, message: "It is live within seconds. You can go back to any version." });
    },
  });
  const invalid = (error: unknown) => tell(error && typeof error === "object" && "errors" in error ? (error.errors as Schema<"FileError">[]) : []);
  const reset = () => {
    check.reset();
    publish.reset();
  };
  const look = () => {
    const { files, wrong } = filesOf(draft);
    reset();
    tell(wrong);
    if (wrong.length === 0) check.mutate({ params: { query: { dryRun: "1" } }, body: { files, base: draft.base } }, { onError: invalid });
  };
  const send = () => publish.mutate({ body: { files: filesOf(draft).files, base: draft.base } }, { onError: (error) => (check.reset(), invalid(error)) });

  const failed = publish.error ?? check.error;
  const code = failed ? told(failed).code : undefined;
  const conflict = code === "config_changed" ? (failed as Schema<"ConfigChanged">) : undefined;
  const valid = check.data && "valid" in check.data ? check.data : undefined;
  const join = useMutation({
    mutationFn: async ({ version, files }: { version: number; files: Files }) => {
      const theirs = await answered(edge.GET("/v1/config/versions/{version}", { params: { path: { version } } }));
      // Whoever took all of theirs has no draft any more: pages show what is published.
      await queries.invalidateQueries();
      reset();
      begin({ before: draftOf(version, theirs.files), texts: draftOf(version, files).texts });
    },
  });
  const change = (file: string) => (!(file in held.before.texts) ? "new" : file in held.texts ? undefined : "removed");
  const called = (file: string) => {
    const content = parsed(held.texts[file] ?? held.before.texts[file]);
    return file.includes("/") && content ? nameOf({ id: file, content }) : file;
  };

  // Notices stand above it.
  const [bar, { height }] = useResizeObserver<HTMLElement>();
  useLayoutEffect(() => {
    const { style } = document.documentElement;
    style.setProperty("--selvedge-draft", `calc(${height}px + 2 * var(--mantine-spacing-sm))`);
    return () => void style.removeProperty("--selvedge-draft");
  }, [height]);

  return (
    <Paper ref={bar} withBorder shadow="md" p="sm" component="section" aria-label="Your draft" className="selvedge-draft">
      <Group justify="space-between" gap="xs">
        <Text size="sm" flex="1 1 240px" className="selvedge-value">
          <span role="status">{touched.length === 1 ? "One change is" : `${touched.length.toLocaleString()} changes are`} not published: </span>
          {touched.slice(0, NAMED).map((file, index) => (
            <Fragment key={file}>
              {index > 0 && ", "}<FileLink file={file}>{called(file)}</FileLink>{change(file) && <Badge size="xs" variant="light" ml={4}>{change(file)}</Badge>}
            </Fragment>
          ))}
          {touched.length > NAMED && ` and ${(touched.length - NAMED).toLocaleString()} more`}
        </Text>
        <Group gap="xs">
          <Button px="sm" variant="default" onClick={toThrow.open}>Throw away…</Button>
          <Button px="sm" loading={check.isPending} onClick={look}>Check and publish…</Button>
        </Group>
      </Group>
      {wrong.length > 0 && (
        <Alert color="red" variant="light" mt="sm" title="This can't be published" role="alert">
          <List size="sm" c="var(--mantine-color-text)">
            {wrong.map((error, index) => (
              <List.Item key={index}>
                <FileLink file={error.file}>{error.file}</FileLink>
                {error.path && <> at <b>{error.path}</b></>}: {error.reason}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {code !== undefined && !["config_changed", "invalid_config"].includes(code) && <Box mt="sm"><Problem error={failed} /></Box>}
      {valid && !failed && (
        <Modal opened onClose={reset} title="Publish" size="xl">
          <Stack>
            <Changes changes={valid.changes} />
            {valid.warnings?.map((warning, index) => (
              <Alert key={index} color="orange" variant="light" title={called(warning.file)}>{inWords(warning, draft)}</Alert>
            ))}
            <Group justify="flex-end">
              <Button variant="default" onClick={reset}>Go on writing</Button>
              <Button loading={publish.isPending} onClick={send}>Publish</Button>
            </Group>
          </Stack>
        </Modal>
      )}
      {conflict && <ConflictDialog conflict={conflict} close={reset} problem={join.error} take={(files) => join.mutate({ version: conflict.current.version, files })} />}
      {throwing && (
        <Modal opened onClose={toThrow.close} title="Throw the draft away">
          <Stack>
            <Text size="sm">What is published stays as it is. Of these only the published state is left:</Text>
            <List size="sm">{touched.map((file) => <List.Item key={file} className="selvedge-value">{called(file)}</List.Item>)}</List>
            <Group justify="flex-end">
              <Button variant="default" onClick={toThrow.close}>Keep it</Button>
              <Button color="red" onClick={() => (toThrow.close(), begin())}>Throw it away</Button>
            </Group>
          </Stack>
        </Modal>
      )}
    </Paper>
  );
}
