import { Alert, Button, Card, FileInput, Group, Progress as Bar, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useBlocker } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { api, type Schema } from "../api/client";
import { written, type Draft } from "../config/draft";
import { FileHeading } from "../config/FileHeading";
import { parsed } from "../config/parsed";
import { Published } from "../config/Published";
import { useDraft } from "../config/useDraft";
import { Choice } from "../frame/Choice";
import { counted } from "../frame/counted";
import { Problem } from "../frame/Problem";
import { TextLink } from "../frame/TextLink";
import { Time } from "../frame/Time";
import { useMay } from "../session/session";
import { upload, type Progress } from "./upload";

const route = getRouteApi("/audiences/lists/$id");

/** An imported list: what it is called, and uploading it. */
export function ListPage() {
  const { id } = route.useParams();
  return <Published>{(published) => <OneList key={id} id={id} published={published} />}</Published>;
}

function OneList({ id, published }: { id: string; published: Draft }) {
  const file = `audiences/${id}.json`;
  const mayPublish = useMay("publish");
  const writing = useDraft(published);
  const { draft, before, write } = writing;
  const list = parsed(draft.texts[file]);
  const isThere = file in before.texts;
  return (
    <>
      <FileHeading file={file} writing={writing} title={String(list?.name ?? id)} about={<><TextLink to="/audiences" inherit>All audiences</TextLink> · an imported list{list && `, by ${String(list.namespace)}`}</>} />
      <Stack maw={720}>
        {list && <TextInput label="Name" value={String(list.name ?? "")} readOnly={!mayPublish} onChange={(event) => write({ ...draft.texts, [file]: written({ ...list, name: event.currentTarget.value }) }, "name")} />}
        {isThere ? <Upload id={id} namespace={String(parsed(before.texts[file])?.namespace)} /> : list && <Alert variant="light">Publish the list first; then its people can be uploaded.</Alert>}
        {isThere && <Imports id={id} />}
      </Stack>
    </>
  );
}

function Upload({ id, namespace }: { id: string; namespace: string }) {
  const queries = useQueryClient();
  const mayPublish = useMay("publish");
  const [file, setFile] = useState<File | null>(null);
  const [mode, setMode] = useState<"replace" | "delta">("replace");
  const [progress, setProgress] = useState<Progress>();
  const [result, setResult] = useState<Schema<"Import">>();
  const [failed, setFailed] = useState<unknown>();
  const running = useRef<AbortController>(null);
  const isSending = progress !== undefined && !progress.building;
  useBlocker({ shouldBlockFn: () => isSending && !confirm("The upload is under way. Stop it? The same file goes on where it was."), enableBeforeUnload: () => isSending });
  useEffect(() => () => running.current?.abort(), []);
  if (!mayPublish) return null;
  const go = async () => {
    if (!file) return;
    running.current = new AbortController();
    setFailed(undefined);
    setResult(undefined);
    setProgress({ sent: 0, rows: 0, bad: 0 });
    try {
      setResult(await upload(id, mode, file, running.current.signal, setProgress));
      await queries.invalidateQueries();
    } catch (error) {
      setFailed(running.current.signal.aborted ? undefined : error);
    }
    setProgress(undefined);
  };
  const { building } = progress ?? {};
  const share = building ? 100 * (building.of ? building.done / building.of : 0) : 100 * (progress?.sent ?? 0);
  return (
    <Card withBorder component="section" aria-label="Upload">
      <Stack>
        <Title order={2}>Upload</Title>
        <FileInput label="File" description={`A table as CSV with a column “${namespace}” or “identifier”, or one JSON object a line. Any size.`} placeholder="Choose a file" value={file} onChange={setFile} disabled={progress !== undefined} clearable clearButtonProps={{ "aria-label": "Choose no file" }} />
        <Choice
          label="What it is"
          value={mode}
          onChange={setMode}
          of={[
            { value: "replace", label: "The whole list", description: "Whoever is not in it leaves the audience" },
            { value: "delta", label: "Changes", description: "A column “action” says “add” or “remove”" },
          ]}
        />
        {progress && (
          <Stack gap={4} role="status">
            <Bar value={share} aria-label={building ? "Being built" : "Uploaded"} animated />
            <Text size="sm">
              {building ? `${progress.rows.toLocaleString()} rows uploaded; being built: ${building.done} of ${building.of} parts` : `${progress.rows.toLocaleString()} rows uploaded, ${progress.bad.toLocaleString()} that can't be taken`}
            </Text>
          </Stack>
        )}
        {failed !== undefined && <Problem title="The upload broke off" error={failed} retry={go} />}
        {result && <Result result={result} />}
        <Group>
          {progress ? <Button variant="default" onClick={() => running.current?.abort()}>Stop</Button> : <Button disabled={!file} onClick={go}>Upload</Button>}
          {!progress && <Text size="sm" c="dimmed">If it is stopped, the same file goes on where it was.</Text>}
        </Group>
      </Stack>
    </Card>
  );
}

function Result({ result }: { result: Schema<"Import"> }) {
  const isDone = result.status === "done";
  return (
    <Alert color={isDone ? "green" : "red"} variant="light" title={isDone ? "The list counts" : "The list was not taken"} role="status">
      <Stack gap="xs" c="var(--mantine-color-text)">
        <Text size="sm">
          {isDone ? `${counted(result.members, "person is", "people are")} in it: ${result.entered.toLocaleString()} came, ${result.left.toLocaleString()} left.` : result.error ?? "It was called off."}
        </Text>
        {result.bad > 0 && (
          <>
            <Text size="sm">{result.bad.toLocaleString()} rows could not be taken{result.bad > result.badRows.length ? "; the first of them" : ""}:</Text>
            <Table.ScrollContainer minWidth={300} mah={260} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Rows that could not be taken" } }}>
              <Table>
                <Table.Thead><Table.Tr><Table.Th>Line</Table.Th><Table.Th>Why</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>{result.badRows.map(({ line, reason }) => <Table.Tr key={line}><Table.Td>{line}</Table.Td><Table.Td>{reason}</Table.Td></Table.Tr>)}</Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </>
        )}
      </Stack>
    </Alert>
  );
}

function Imports({ id }: { id: string }) {
  const asked = api.useQuery("get", "/v1/audiences/{id}/imports", { params: { path: { id } } });
  if (!asked.data || asked.data.imports.length === 0) return null;
  return (
    <Card withBorder component="section" aria-label="Uploads so far">
      <Title order={2} mb="xs">Uploads so far</Title>
      <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Uploads" } }}>
        <Table>
          <Table.Thead><Table.Tr><Table.Th>Begun</Table.Th><Table.Th>What</Table.Th><Table.Th>Rows</Table.Th><Table.Th>Became</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {asked.data.imports.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td><Time at={one.startedAt} /></Table.Td>
                <Table.Td>{one.mode === "replace" ? "the whole list" : "changes"}</Table.Td>
                <Table.Td>{one.rows.toLocaleString()}{one.bad > 0 && ` and ${one.bad.toLocaleString()} not taken`}</Table.Td>
                <Table.Td>{one.status === "done" ? counted(one.members, "person", "people") : one.status}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}
