import { Alert, Badge, Button, Card, Code, CopyButton, Group, Loader, Stack, Tabs, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { CheckIcon, CopyIcon, PlusIcon } from "@radix-ui/react-icons";
import { Link } from "@tanstack/react-router";
import { api } from "../api/client";
import type { Draft } from "../config/draft";
import { Published } from "../config/Published";
import { useDraft } from "../config/useDraft";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { Problem } from "../frame/Problem";
import { TextLink } from "../frame/TextLink";
import { ago } from "../frame/Time";
import { useMay } from "../session/session";
import { NewSource } from "./NewSource";
import { snippets } from "./snippets";
import { sourcesOf, type Source } from "./source";

type Intake = { source: string | null; code: string; message: string | null; count: number; last: string }[];

/** Where events come from, how to send them, and whether they arrive. */
export function SourcesPage() {
  return <Published>{(published) => <All published={published} />}</Published>;
}

function All({ published }: { published: Draft }) {
  const writing = useDraft(published);
  const [adding, add] = useDisclosure();
  const sources = sourcesOf(writing.draft.texts);
  const isPublished = ({ id }: Source) => sourcesOf(writing.before.texts).some((one) => one.id === id);
  // As long as counts are kept: a source that has ever worked is not waited for.
  const intake = api.useQuery("get", "/v1/intake", { params: { query: { hours: 720 } } }, { refetchInterval: 2_000 });
  const mayPublish = useMay("publish");
  const counted = intake.data?.intake ?? [];
  const wrongKeys = counted.filter(({ code }) => code === "invalid_write_key");
  return (
    <>
      <Heading title="Sources" about="Where events come from. Each has a key of its own; a browser's is public, a server's is secret.">
        {mayPublish && <Button component={Link} to="/config/edit" variant="default">Edit sources.json</Button>}
        {mayPublish && <Button leftSection={<PlusIcon />} onClick={add.open}>New source</Button>}
      </Heading>
      {intake.error && <Problem error={intake.error} retry={intake.refetch} />}
      {sources.length === 0 ? (
        <Empty title="There is no source yet">
          A source is a website, an app or a server that sends events. With the first one there is a snippet to be copied, and this page says when it works.
        </Empty>
      ) : (
        <Stack>
          {wrongKeys.length > 0 && (
            <Alert color="orange" variant="light" title="Somebody sends with a key that no source has">
              <Text size="sm" c="var(--mantine-color-text)">
                {sum(wrongKeys) === 1 ? "One request" : `${sum(wrongKeys).toLocaleString()} requests`} this month, the last one {ago(newest(wrongKeys))}. Compare the key on the page or server with those below.
              </Text>
            </Alert>
          )}
          {sources.map((source) => <OneSource key={source.id} source={source} intake={counted.filter((one) => one.source === source.id)} known={intake.isSuccess} isPublished={isPublished(source)} />)}
        </Stack>
      )}
      {adding && <NewSource writing={writing} close={add.close} />}
    </>
  );
}

const sum = (counts: { count: number }[]) => counts.reduce((total, { count }) => total + count, 0);
const newest = (counts: { last: string }[]) => counts.map(({ last }) => last).reduce((one, other) => (one > other ? one : other));

/** Whether whatever a page says of its visitor is believed. */
const believesAll = ({ kind, identity }: Source) => kind === "browser" && ["open", "off", "when_present"].includes(identity.mode);

function OneSource({ source, intake, known, isPublished }: { source: Source; intake: Intake; known: boolean; isPublished: boolean }) {
  return (
    <Card withBorder component="section" aria-label={source.name}>
      <Stack>
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2}>{source.name}</Title>
            <Group gap="xs" mt={4}>
              <Badge variant="light">{source.kind}</Badge>
              <Badge variant="light" color={believesAll(source) ? "orange" : "gray"}>identity {source.identity.mode}</Badge>
            </Group>
          </div>
          {isPublished ? <Arriving intake={intake} known={known} /> : <Badge variant="light" color="orange">not published</Badge>}
        </Group>
        {believesAll(source) && (
          <Alert color="orange" variant="light" title="Whatever this page claims is believed">
            <Text size="sm" c="var(--mantine-color-text)">With identity “{source.identity.mode}” anybody can say that they are somebody else. Sign logins on your server, and set it to “required”.</Text>
          </Alert>
        )}
        <Group gap="xs">
          <Text size="sm">Write key</Text>
          <Code>{source.writeKey}</Code>
          {!source.writeKey.startsWith("•") && <Copy text={source.writeKey} what={`the write key of ${source.name}`} />}
        </Group>
        <Snippets source={source} />
      </Stack>
    </Card>
  );
}

/** Whether events arrive: grey until the first one, then green. */
function Arriving({ intake, known }: { intake: Intake; known: boolean }) {
  const accepted = intake.filter(({ code }) => code === "accepted");
  const rejected = intake.filter(({ code }) => code !== "accepted" && code !== "duplicate" && !code.startsWith("bot_"));
  return (
    <Stack gap={4} align="flex-end" role="status">
      {accepted.length > 0 ? (
        <>
          <Badge color="green" variant="light" leftSection={<CheckIcon aria-hidden />}>Events arrive</Badge>
          <Text size="sm" c="dimmed">{sum(accepted).toLocaleString()} this month, the last one {ago(newest(accepted))}</Text>
        </>
      ) : (
        <Group gap="xs">
          {known && <Loader size="xs" type="dots" aria-hidden />}
          <Text size="sm">Waiting for your first event…</Text>
        </Group>
      )}
      {rejected.length > 0 && (
        <Text size="sm">
          {sum(rejected).toLocaleString()} turned away: <TextLink to="/health" inherit>see why</TextLink>
        </Text>
      )}
    </Stack>
  );
}

function Snippets({ source }: { source: Source }) {
  const ways = snippets(source, location.origin);
  return (
    <Tabs defaultValue={ways[0]!.id} variant="outline">
      <Tabs.List>{ways.map(({ id, name }) => <Tabs.Tab key={id} value={id}>{name}</Tabs.Tab>)}</Tabs.List>
      {ways.map(({ id, name, text, about }) => (
        <Tabs.Panel key={id} value={id} pt="xs">
          <Text size="sm" c="dimmed" mb="xs">{about}</Text>
          <Code block tabIndex={0}>{text}</Code>
          <Group mt="xs"><Copy text={text} what={`the snippet for ${name}`} /></Group>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

function Copy({ text, what }: { text: string; what: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="xs" variant="default" leftSection={copied ? <CheckIcon /> : <CopyIcon />} onClick={copy} aria-label={copied ? "Copied" : `Copy ${what}`}>
          {copied ? "Copied" : "Copy"}
        </Button>
      )}
    </CopyButton>
  );
}
