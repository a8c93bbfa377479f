import { Accordion, Badge, Code, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { api, type Schema } from "../api/client";
import { Empty } from "../frame/Empty";
import { Older } from "../frame/Older";
import { Problem } from "../frame/Problem";
import { Time } from "../frame/Time";
import { Value } from "../frame/Value";
import { Waiting } from "../frame/Waiting";
import { calledIn, type Called } from "../config/useNames";
import { HOW } from "./how";
import { useEvents } from "./useEvents";

type Event = Schema<"Event">;
type Change = Schema<"Profile">["segmentChanges"][number];

/** Entering and leaving a segment stands among the events, and is none that anybody sent. */
const SEGMENT = "segment";
const TYPES = ["page", "track", "identify", "group", "alias", "screen", SEGMENT] as const;
const PAGE = 50;

/** What happened, newest first. */
export function Timeline({ profileId }: { profileId: string }) {
  const [type, setType] = useState<(typeof TYPES)[number] | null>(null);
  const [source, setSource] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [event] = useDebouncedValue(text.trim(), 300);
  const config = api.useQuery("get", "/v1/config", {}, { retry: false });
  const sources = (config.data?.files["sources.json"] as { sources?: { id: string; name: string }[] } | undefined)?.sources ?? [];
  const sent = type === SEGMENT ? undefined : (type ?? undefined);
  const { pages, events, changes } = useEvents(profileId, { type: sent, source: source ?? undefined, event: event || undefined }, PAGE);
  const called = calledIn(config.data?.files ?? {});
  const isWanted = (change: Change) => (!type || type === SEGMENT) && !source && (!event || event === nameOf(change));
  const rows: Row[] = [...(type === SEGMENT ? [] : events.map(ofEvent)), ...changes.filter(isWanted).map((change) => ofChange(change, called))]
    .sort((one, other) => other.at.localeCompare(one.at));
  return (
    <Stack>
      <Group align="flex-end" role="group" aria-label="Filter the timeline">
        <Select label="Type" placeholder="All" clearable data={TYPES} value={type} onChange={(value) => setType(value as typeof type)} w={140} />
        <Select label="Source" placeholder="All" clearable searchable data={sources.map(({ id, name }) => ({ value: id, label: name }))} value={source} onChange={setSource} w={200} />
        <TextInput label="Event" placeholder="Order Completed" value={text} onChange={(change) => setText(change.currentTarget.value)} w={220} />
      </Group>
      {pages.isPending ? <Waiting /> : pages.error ? <Problem error={pages.error} retry={pages.refetch} /> : rows.length === 0 ? (
        <Empty title="No such event">{type || source || event ? "Take a filter away to see more." : "Events appear a moment after they happened."}</Empty>
      ) : (
        <>
          <Accordion variant="separated" chevronPosition="left" multiple>
            {rows.map((row) => (
              <Accordion.Item key={row.key} value={row.key}>
                <Accordion.Control>
                  <Group gap="xs">
                    <Badge variant="light" color={row.event ? "gray" : "blue"}>{row.type}</Badge>
                    <Text fw={500} className="selvedge-value">{row.title}</Text>
                    <Text size="sm" c="dimmed"><Time at={row.at} /> · {row.from}</Text>
                  </Group>
                </Accordion.Control>
                <Accordion.Panel>
                  {row.event && <Said event={row.event} />}
                  <Code block tabIndex={0}>{JSON.stringify(row.whole, null, 2)}</Code>
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
          {type !== SEGMENT && <Older pages={pages} />}
        </>
      )}
    </Stack>
  );
}

interface Row {
  key: string;
  at: string;
  type: string;
  title: string;
  /** Where it comes from. */
  from: string;
  whole: object;
  event?: Event;
}

const ofEvent = (event: Event): Row =>
  ({ key: event.messageId, at: event.timestamp, type: event.type, title: titleOf(event), from: event.source, whole: event, event });

const nameOf = ({ entered }: Change) => (entered ? "Segment Entered" : "Segment Left");

const ofChange = (change: Change, called: Called): Row => ({
  key: `${SEGMENT} ${change.segment} ${change.at} ${change.entered} ${change.messageId}`,
  at: change.at,
  type: SEGMENT,
  title: `${change.entered ? "Entered" : "Left"} ${called.segment(change.segment)}`,
  from: HOW[change.how],
  whole: { event: nameOf(change), ...change },
});

/** What an event says of what happened, for people; all of it stands below. */
function Said({ event }: { event: Event }) {
  const said = Object.entries({ ...(event.properties as object | undefined), ...(event.traits as object | undefined) });
  if (said.length === 0) return null;
  return (
    <Table variant="vertical" layout="auto" mb="sm">
      <Table.Tbody>
        {said.map(([name, value]) => <Table.Tr key={name}><Table.Th>{name}</Table.Th><Table.Td><Value of={value} /></Table.Td></Table.Tr>)}
      </Table.Tbody>
    </Table>
  );
}

function titleOf({ type, event, properties, context }: Event): string {
  if (typeof event === "string") return event;
  const page = (context as { page?: { path?: unknown; title?: unknown } } | undefined)?.page;
  const said = properties as { title?: unknown; path?: unknown; name?: unknown } | undefined;
  const title = said?.title ?? page?.title ?? said?.path ?? page?.path;
  return type === "page" && typeof title === "string" ? title : type;
}
