import { Alert, Anchor, Badge, Box, Button, Grid, Group, List, Modal, NavLink, Paper, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { api, told, type Schema } from "../api/client";
import { Heading } from "../frame/Heading";
import { Problem } from "../frame/Problem";
import { TextLink } from "../frame/TextLink";
import { Waiting } from "../frame/Waiting";
import { PreviewDialog } from "../preview/PreviewDialog";
import { useMay } from "../session/session";
import { Changes } from "./Changes";
import { ConflictDialog } from "./ConflictDialog";
import { draftOf, filesOf, type Draft } from "./draft";

const Editor = lazy(() => import("./Editor"));

export function EditPage() {
  const config = api.useQuery("get", "/v1/config", {}, { refetchOnWindowFocus: false });
  if (config.isPending) return <Waiting />;
  if (config.data) return <Files first={draftOf(config.data.version, config.data.files)} key="there" />;
  if (told(config.error).code === "no_config") return <Files first={draftOf(0, {})} key="none" />;
  return <Problem error={config.error} retry={config.refetch} />;
}

function Files({ first }: { first: Draft }) {
  const mayPublish = useMay("publish");
  const queries = useQueryClient();
  // What was published when this began; what is published meanwhile does not change what somebody is writing.
  const [before, setBefore] = useState(first);
  const [draft, setDraft] = useState(first);
  const names = Object.keys(draft.texts).sort();
  const [file, setFile] = useState(names[0]);
  const [wrong, setWrong] = useState<Schema<"FileError">[]>([]);
  const [adding, add] = useDisclosure();
  const [previewed, setPreviewed] = useState<Schema<"Files">>();
  const touched = new Set([...names, ...Object.keys(before.texts)].filter((name) => draft.texts[name] !== before.texts[name]));
  useBlocker({ shouldBlockFn: () => touched.size > 0 && !confirm("What you have written is not published. Leave it?"), enableBeforeUnload: () => touched.size > 0 });

  const write = (texts: Draft["texts"]) => {
    setDraft({ ...draft, texts });
    setWrong([]);
  };
  const check = api.useMutation("put", "/v1/config");
  const publish = api.useMutation("put", "/v1/config");
  const conflict = [publish.error, check.error].find((error) => error && told(error).code === "config_changed") as Schema<"ConfigChanged"> | undefined;
  const invalid = (error: unknown) => setWrong(error && typeof error === "object" && "errors" in error ? (error.errors as Schema<"FileError">[]) : []);
  const look = () => {
    const { files, wrong } = filesOf(draft);
    setWrong(wrong);
    if (wrong.length === 0) check.mutate({ params: { query: { dryRun: "1" } }, body: { files, base: draft.base } }, { onError: invalid });
  };
  const show = () => {
    const { files, wrong } = filesOf(draft);
    setWrong(wrong);
    if (wrong.length === 0) setPreviewed(files);
  };
  const go = (of: Draft) =>
    publish.mutate(
      { body: { files: filesOf(of).files, base: of.base } },
      {
        onError: invalid,
        onSuccess: async (answer) => {
          const version = "version" in answer ? answer.version : of.base;
          setDraft({ ...of, base: version });
          setBefore({ ...of, base: version });
          check.reset();
          publish.reset();
          await queries.invalidateQueries();
          notifications.show({ color: "green", title: `Version ${version} is published`, message: "It is live within seconds. You can go back to any version." });
        },
      },
    );
  const valid = check.data && "valid" in check.data ? check.data : undefined;
  const other = [publish.error, check.error].find((error) => error && !["config_changed", "invalid_config"].includes(told(error).code));

  return (
    <>
      <Heading title="Files" about={<>Made from version {draft.base}. <TextLink to="/config" inherit>What was published before</TextLink></>}>
        {mayPublish && <Button variant="default" onClick={show}>Preview…</Button>}
        {mayPublish && <Button disabled={touched.size === 0} loading={check.isPending} onClick={look}>Check and publish…</Button>}
      </Heading>
      {!mayPublish && <Alert variant="light" mb="md" title="You can look">Publishing needs the role editor. The write keys of servers are veiled.</Alert>}
      {wrong.length > 0 && (
        <Alert color="red" variant="light" mb="md" title="This can't be published" role="alert">
          <List size="sm" c="var(--mantine-color-text)">
            {wrong.map((error, index) => (
              <List.Item key={index}>
                <Anchor component="button" type="button" inherit onClick={() => setFile(error.file)}>{error.file}</Anchor>
                {error.path && <> at <b>{error.path}</b></>}: {error.reason}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {previewed && <PreviewDialog files={previewed} opened onClose={() => setPreviewed(undefined)} />}
      {other !== undefined && <Box mb="md"><Problem error={other} /></Box>}
      <Grid>
        <Grid.Col span={{ base: 12, sm: 4, md: 3 }}>
          <Paper withBorder p="xs" component="nav" aria-label="Files">
            {names.map((name) => (
              <NavLink
                key={name}
                component="button"
                type="button"
                label={name}
                active={name === file}
                variant="light"
                onClick={() => setFile(name)}
                rightSection={touched.has(name) ? <Badge size="xs" variant="light">{name in before.texts ? "changed" : "new"}</Badge> : undefined}
              />
            ))}
            {mayPublish && <Button variant="subtle" fullWidth mt="xs" leftSection={<PlusIcon />} onClick={add.open}>New file</Button>}
          </Paper>
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 8, md: 9 }}>
          {file !== undefined && file in draft.texts && (
            <Stack>
              <Suspense fallback={<Waiting />}>
                <Editor label={file} text={draft.texts[file]!} readOnly={!mayPublish} change={(text) => write({ ...draft.texts, [file]: text })} />
              </Suspense>
              {mayPublish && (
                <Group>
                  <Button variant="default" size="xs" disabled={!touched.has(file) || !(file in before.texts)} onClick={() => write({ ...draft.texts, [file]: before.texts[file]! })}>Undo</Button>
                  <Button
                    variant="default"
                    size="xs"
                    color="red"
                    onClick={() => {
                      const { [file]: _, ...rest } = draft.texts;
                      write(rest);
                      setFile(Object.keys(rest).sort()[0]);
                    }}
                  >
                    Remove this file
                  </Button>
                </Group>
              )}
            </Stack>
          )}
        </Grid.Col>
      </Grid>
      {adding && (
        <AddDialog
          taken={names}
          close={add.close}
          add={(name) => {
            write({ ...draft.texts, [name]: "{\n}\n" });
            setFile(name);
            add.close();
          }}
        />
      )}
      {valid && !conflict && (
        <Modal opened onClose={() => check.reset()} title="Publish" size="xl">
          <Stack>
            <Changes changes={valid.changes} />
            {valid.warnings?.map((warning, index) => (
              <Alert key={index} color="orange" variant="light" title={warning.file}>{warning.reason}</Alert>
            ))}
            <Group justify="flex-end">
              <Button variant="default" onClick={() => check.reset()}>Go on writing</Button>
              <Button loading={publish.isPending} onClick={() => go(draft)}>Publish</Button>
            </Group>
          </Stack>
        </Modal>
      )}
      {conflict && (
        <ConflictDialog
          conflict={conflict}
          close={() => {
            check.reset();
            publish.reset();
          }}
          take={(files) => {
            check.reset();
            publish.reset();
            setBefore({ ...before, base: conflict.current.version });
            setDraft(draftOf(conflict.current.version, files));
            setWrong([]);
          }}
        />
      )}
    </>
  );
}

function AddDialog({ taken, add, close }: { taken: string[]; add: (name: string) => void; close: () => void }) {
  const [name, setName] = useState("");
  const problem = taken.includes(name) ? "This file is there already." : name && !name.endsWith(".json") ? "A file's name ends with .json." : undefined;
  return (
    <Modal opened onClose={close} title="New file">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!problem) add(name);
        }}
      >
        <Stack>
          <TextInput label="Name" placeholder="segments/loyal.json" required data-autofocus value={name} error={problem} onChange={(event) => setName(event.currentTarget.value.trim())} />
          <Text size="sm" c="dimmed">A segment or an offer is a file of its own, named by its id.</Text>
          <Group justify="flex-end"><Button type="submit" disabled={!name || problem !== undefined}>Add</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
