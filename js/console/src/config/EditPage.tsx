import { Alert, Badge, Button, Grid, Group, Modal, NavLink, Paper, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { PlusIcon } from "@radix-ui/react-icons";
import { lazy, Suspense, useState } from "react";
import { Heading } from "../frame/Heading";
import { TextLink } from "../frame/TextLink";
import { Waiting } from "../frame/Waiting";
import { useMay } from "../session/session";
import { without, type Draft } from "./draft";
import { Published } from "./Published";
import { usePublishing } from "./usePublishing";

const Editor = lazy(() => import("./Editor"));

export function EditPage() {
  return <Published>{(published) => <Files first={published} key={published.base > 0 ? "there" : "none"} />}</Published>;
}

function Files({ first }: { first: Draft }) {
  const mayPublish = useMay("publish");
  const [file, setFile] = useState(Object.keys(first.texts).sort()[0]);
  const { draft, before, touched, write, look, isLooking, preview, shown } = usePublishing(first, { go: setFile });
  const names = Object.keys(draft.texts).sort();
  const [adding, add] = useDisclosure();

  return (
    <>
      <Heading title="Files" about={<>Made from version {draft.base}. <TextLink to="/config" inherit>What was published before</TextLink></>}>
        {mayPublish && <Button variant="default" onClick={preview}>Preview…</Button>}
        {mayPublish && <Button disabled={touched.size === 0} loading={isLooking} onClick={look}>Check and publish…</Button>}
      </Heading>
      {!mayPublish && <Alert variant="light" mb="md" title="You can look">Publishing needs the role editor. The write keys of servers are veiled.</Alert>}
      {shown}
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
                <Editor label={file} text={draft.texts[file]!} readOnly={!mayPublish} change={(text) => write({ ...draft.texts, [file]: text }, file)} />
              </Suspense>
              {mayPublish && (
                <Group>
                  <Button variant="default" size="xs" disabled={!touched.has(file) || !(file in before.texts)} onClick={() => write({ ...draft.texts, [file]: before.texts[file]! })}>Undo</Button>
                  <Button
                    variant="default"
                    size="xs"
                    color="red"
                    onClick={() => {
                      const rest = without(draft.texts, file);
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
