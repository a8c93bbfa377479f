import { Alert, Badge, Button, Card, Group, Select, SimpleGrid, Stack, Table, Text, TextInput } from "@mantine/core";
import { PauseIcon, PlayIcon } from "@radix-ui/react-icons";
import { lazy, Suspense, useMemo, useState, useSyncExternalStore } from "react";
import { api } from "../api/client";
import { queries, sessionKey } from "../api/queries";
import { idsIn } from "../config/parsed";
import { calledIn, useNames } from "../config/useNames";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { TextLink } from "../frame/TextLink";
import { Waiting } from "../frame/Waiting";
import { Part } from "../frame/Part";
import { Feed, type Seen, type Snapshot } from "./feed";
import { Offers } from "./Offers";

const Chart = lazy(() => import("./Chart"));

/** Rows of the stream; the rest is a filter away. */
const ROWS = 100;

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** What is happening now. */
export function LivePage() {
  // A connection that does not come about may be a session that is over: then the frame asks for a key.
  const feed = useMemo(() => new Feed(() => void queries.invalidateQueries({ queryKey: sessionKey })), []);
  const now = useSyncExternalStore(feed.subscribe, () => feed.snapshot);
  return (
    <>
      <Heading title="Live" about="What happens on your pages, a second or two after it did.">
        <Status now={now} />
      </Heading>
      <Stack>
        {now.status === "lost" && <Alert color="yellow" variant="light" title="The connection was lost" role="status">It is tried again by itself. What happens meanwhile is not shown here; nothing of it is lost.</Alert>}
        <Card withBorder component="section" aria-label="Each second">
          <SimpleGrid cols={{ base: 2, sm: 4 }} mb="md">
            <Figure name="Visitors a second" value={mean(now, "visitors")} />
            <Figure name="Events a second" value={mean(now, "events")} />
            <Figure name="Decisions a second" value={mean(now, "decisions")} />
            <Figure name="Lag" value={now.lag === undefined ? "none yet" : `${(now.lag / 1000).toFixed(1)} s`} />
          </SimpleGrid>
          <div role="img" aria-label="Visitors, events and decisions of each of the last 120 seconds; the figures above say the newest.">
            <Suspense fallback={<Waiting />}><Chart seconds={now.seconds} /></Suspense>
          </div>
        </Card>
        <Offers offers={now.offers} />
        <Stream stream={now.stream} shown={now.shown} />
      </Stack>
    </>
  );
}

const mean = ({ seconds }: Snapshot, of: "visitors" | "events" | "decisions") =>
  (seconds.slice(-10).reduce((sum, second) => sum + second[of], 0) / 10).toLocaleString(undefined, { maximumFractionDigits: 1 });

const SAYS = { waiting: ["Connecting", "gray"], open: ["Live", "teal"], lost: ["Connecting again", "yellow"] } as const;

function Status({ now }: { now: Snapshot }) {
  const [text, color] = SAYS[now.status];
  return <Badge size="lg" variant="light" color={color} role="status">{text}</Badge>;
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <Text size="sm" c="dimmed">{name}</Text>
      <Text size="xl" fw={700}>{value}</Text>
    </div>
  );
}

function Stream({ stream, shown }: { stream: Seen[]; shown: number }) {
  const [paused, setPaused] = useState<Seen[]>();
  const [event, setEvent] = useState<string | null>(null);
  const [page, setPage] = useState<string | null>(null);
  const [segment, setSegment] = useState<string | null>(null);
  const [profile, setProfile] = useState("");
  const called = useNames();
  const all = paused ?? stream;
  const wanted = profile.trim().replace(/^id:/, "");
  const matching = all.filter((seen) =>
    (!event || seen.event === event) && (!page || seen.page === page) && (!segment || seen.segments?.includes(segment)) && seen.profile.startsWith(wanted));
  return (
    <Part title="Events" aside={
      <Button variant="default" size="xs" leftSection={paused ? <PlayIcon /> : <PauseIcon />} onClick={() => setPaused(paused ? undefined : stream)}>
        {paused ? "Go on" : "Pause"}
      </Button>
    }>
      <Group align="flex-end" mb="sm" role="group" aria-label="Filter the events">
        <Choice label="Event" value={event} choose={setEvent} among={all.map((seen) => seen.event)} />
        <Choice label="Page" value={page} choose={setPage} among={all.flatMap((seen) => seen.page ?? [])} />
        <Segments value={segment} choose={setSegment} among={all.flatMap((seen) => seen.segments ?? [])} />
        <TextInput label="Profile" placeholder="Its id" value={profile} onChange={(change) => setProfile(change.currentTarget.value)} w={220} />
      </Group>
      <Text size="sm" c="dimmed" mb="xs">
        {shown >= 0.995 ? "All events are shown." : `About one in ${Math.round(1 / shown).toLocaleString()} events is shown; rare ones first. The figures count all.`}
        {paused && " Paused: what happens meanwhile is counted, and not added here."}
      </Text>
      {matching.length === 0 ? <Empty title={all.length === 0 ? "Waiting for events" : "No such event"}>{all.length === 0 ? "Open a page of your site: its events appear here." : "Take a filter away to see more."}</Empty> : (
        <Table.ScrollContainer minWidth={720} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Events" } }}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>Time</Table.Th><Table.Th>Event</Table.Th><Table.Th>Page</Table.Th><Table.Th>Person</Table.Th><Table.Th>Segments</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {matching.slice(0, ROWS).map((seen) => (
                <Table.Tr key={`${seen.profile} ${seen.messageId}`}>
                  <Table.Td>{clock.format(seen.at)}</Table.Td>
                  <Table.Td>{seen.event}{seen.offer && <Text span inherit c="dimmed"> · {called.offer(seen.offer)}</Text>}{seen.segment && <Text span inherit c="dimmed"> · {called.segment(seen.segment)}</Text>}</Table.Td>
                  <Table.Td>{seen.page}</Table.Td>
                  <Table.Td><TextLink to="/people/$name" params={{ name: `id:${seen.profile}` }} inherit>{seen.profile.slice(0, 8)}</TextLink></Table.Td>
                  <Table.Td>{seen.segments?.map(called.segment).join(", ")}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Part>
  );
}

/** One of those that were seen here; what is chosen stays, also when it is not seen any more. */
function Choice({ label, value, choose, among, called = String }: { label: string; value: string | null; choose: (value: string | null) => void; among: string[]; called?: (value: string) => string }) {
  const names = [...new Set(value ? [value, ...among] : among)].sort();
  return <Select label={label} placeholder="All" clearable searchable data={names.map((value) => ({ value, label: called(value) }))} value={value} onChange={choose} w={200} />;
}

/** Segments of the config, too: a rare one may not have been seen yet. */
function Segments({ among, ...rest }: { value: string | null; choose: (value: string | null) => void; among: string[] }) {
  const config = api.useQuery("get", "/v1/config", {}, { retry: false });
  const published = idsIn("segments", Object.keys(config.data?.files ?? {}));
  return <Choice label="Segment" {...rest} among={[...among, ...published]} called={calledIn(config.data?.files ?? {}).segment} />;
}
