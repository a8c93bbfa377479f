import { Alert, Badge, Button, Grid, Group, Modal, NavLink, Paper, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { PlusIcon } from "@radix-ui/react-icons";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { Heading } from "../frame/Heading";
import { TextLink } from "../frame/TextLink";
import { useFirst } from "../frame/useFirst";
import { Waiting } from "../frame/Waiting";
import { useMay } from "../session/session";
import { without, type Draft } from "./draft";
import { Published } from "./Published";
import { PreviewButton } from "./PreviewButton";
import { useDraft } from "./useDraft";

const Editor = lazy(() => import("./Editor"));

const route = getRouteApi("/config/edit");

export function EditPage() {
  return <Published>{(published) => <Files published={published} />}</Published>;
}

function Files({ published }: { published: Draft }) {
  const mayPublish = useMay("publish");
  const { draft, before, touched, write } = useDraft(published);
  const names = Object.keys(draft.texts).sort();
  const { file: wanted } = route.useSearch();
  const file = wanted !== undefined && wanted in draft.texts ? wanted : names[0];
  const navigate = route.useNavigate();
  const go = (file: string) => void navigate({ search: { file }, replace: true });
  const [text, setText] = useState("");
  const { rows, more } = useFirst(names.filter((name) => name.toLowerCase().includes(text.toLowerCase())));
  const [adding, add] = useDisclosure();

  return (
    <>
      <Heading title="Files" about={<>Made from version {draft.base}. <TextLink to="/config" inherit>What was published before</TextLink></>}>
        {mayPublish && <PreviewButton draft={draft} />}
      </Heading>
      {!mayPublish && <Alert variant="light" mb="md" title="You can look">Publishing needs the role editor. The write keys of servers are veiled.</Alert>}
      <Grid>
        <Grid.Col span={{ base: 12, sm: 4, md: 3 }}>
          <Paper withBorder p="xs" component="nav" aria-label="Files">
            {names.length > 12 && <TextInput aria-label="Find a file" placeholder="Find a file" size="xs" mb="xs" value={text} onChange={(event) => setText(event.currentTarget.value)} />}
            {rows.map((name) => (
              <NavLink
                key={name}
                component="button"
                type="button"
                label={name}
                active={name === file}
                variant="light"
                onClick={() => go(name)}
                rightSection={touched.has(name) ? <Badge size="xs" variant="light">{name in before.texts ? "changed" : "new"}</Badge> : undefined}
              />
            ))}
            {more}
            {mayPublish && <Button variant="subtle" fullWidth mt="xs" leftSection={<PlusIcon />} onClick={add.open}>New file</Button>}
          </Paper>
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 8, md: 9 }}>
          {file !== undefined && file in draft.texts && (
            <Stack>
              <Suspense fallback={<Waiting />}>
                <Editor label={file} text={draft.texts[file]!} readOnly={!mayPublish} change={(text) => write({ ...draft.texts, [file]: text }, file)} />
              </Suspense>
              {mayPublish && (
                <Group>
                  <Button variant="default" size="xs" disabled={!touched.has(file) || !(file in before.texts)} onClick={() => write({ ...draft.texts, [file]: before.texts[file]! })}>Undo</Button>
                  <Button
                    variant="default"
                    size="xs"
                    color="red"
                    onClick={() => write(without(draft.texts, file))}
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
            go(name);
            add.close();
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
