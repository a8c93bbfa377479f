import { Alert, Badge, Card, Grid, Group, Stack, Tabs, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { written, type Draft } from "../config/draft";
import { FileHeading } from "../config/FileHeading";
import { parsed } from "../config/parsed";
import { Published } from "../config/Published";
import { useDraft } from "../config/useDraft";
import { useEngine, type Engine } from "../engine/engine";
import { useChecked } from "../engine/useChecked";
import { TextLink } from "../frame/TextLink";
import { Waiting } from "../frame/Waiting";
import { useMay } from "../session/session";
import { namesOf } from "./AudiencesPage";
import { Builder } from "./Builder";
import { useCatalogue } from "./catalogue";
import { Estimate } from "./Estimate";
import { World } from "./world";

const Editor = lazy(() => import("../config/Editor"));
const route = getRouteApi("/audiences/$id");

export function AudiencePage() {
  const { id } = route.useParams();
  const engine = useEngine();
  if (!engine.data) return <Waiting />;
  return <Published>{(published) => <Audience key={id} id={id} published={published} engine={engine.data} />}</Published>;
}

function Audience({ id, published, engine }: { id: string; published: Draft; engine: Engine }) {
  const file = `segments/${id}.json`;
  const mayPublish = useMay("publish");
  const writing = useDraft(published);
  const { draft, before, wrong, write } = writing;
  const text = draft.texts[file] ?? "";
  const isThere = file in draft.texts;
  const segment = parsed(text);
  const put = (content: Record<string, unknown>, at?: string) => write({ ...draft.texts, [file]: written(content) }, at);
  const catalogue = useCatalogue();
  const names = useMemo(() => namesOf(draft), [draft.texts]);
  const [settled] = useDebouncedValue(text, 250);
  const checked = useChecked(engine, { ...draft, texts: { ...draft.texts, [file]: settled } }, file);
  const said = segment && engine.sentence(segment.rule ?? null, names);
  const mine = [...checked.errors, ...wrong.filter((error) => error.file === file)];
  const elsewhere = mine.filter(({ path }) => !path.startsWith("rule."));
  return (
    <World value={{ catalogue, names, wrong: checked.errors, readOnly: !mayPublish, self: id }}>
      <FileHeading file={file} writing={writing} title={segment && typeof segment.name === "string" && segment.name ? segment.name : id} about={<TextLink to="/audiences" inherit>All audiences</TextLink>} />
      {isThere && elsewhere.length > 0 && (
        <Alert color="red" variant="light" mb="md" title="This can't be published yet" role="alert">
          {elsewhere.map((error, index) => <Text key={index} size="sm">{error.path && error.path !== "rule" && <b>{error.path}: </b>}{error.reason}</Text>)}
        </Alert>
      )}
      {isThere && <Grid>
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack>
            {segment && (
              <Group align="flex-start" grow>
                <TextInput label="Name" value={String(segment.name ?? "")} readOnly={!mayPublish} onChange={(event) => put({ ...segment, name: event.currentTarget.value }, "name")} />
                <Textarea label="What it is for" autosize maxRows={4} value={String(segment.description ?? "")} readOnly={!mayPublish} onChange={(event) => put(described(segment, event.currentTarget.value), "description")} />
              </Group>
            )}
            <Tabs defaultValue="builder" keepMounted={false}>
              <Tabs.List>
                <Tabs.Tab value="builder">Builder</Tabs.Tab>
                <Tabs.Tab value="json">JSON</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="builder" pt="md">
                {segment ? <Builder rule={segment.rule} change={(rule) => put({ ...segment, rule })} /> : <Text>The text is no JSON at the moment: mend it under “JSON”.</Text>}
              </Tabs.Panel>
              <Tabs.Panel value="json" pt="md">
                <Suspense fallback={<Waiting />}>
                  <Editor label={file} text={text} readOnly={!mayPublish} change={(to) => to !== text && write({ ...draft.texts, [file]: to }, "json")} />
                </Suspense>
              </Tabs.Panel>
            </Tabs>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Stack>
            <Card withBorder component="section" aria-label="In words">
              <Group justify="space-between" mb={4}>
                <Title order={2}>In words</Title>
                {checked.errors.length === 0 ? <Badge variant="light" color="green">complete</Badge> : <Badge variant="light" color="orange">not complete</Badge>}
              </Group>
              <Text role="status">{said ? (said.reason ? `This is no rule yet: ${said.reason}` : said.sentence) : "This is no JSON yet."}</Text>
            </Card>
            {segment && <Estimate id={file in before.texts ? id : undefined} rule={parsed(settled)?.rule} ready={checked.errors.length === 0 && settled === text} />}
          </Stack>
        </Grid.Col>
      </Grid>}
    </World>
  );
}

function described(segment: Record<string, unknown>, description: string) {
  const { description: _, ...rest } = segment;
  return description ? { ...rest, description } : rest;
}
