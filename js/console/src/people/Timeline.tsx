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
import { useEvents } from "./useEvents";

const TYPES: Schema<"EventType">[] = ["page", "track", "identify", "group", "alias", "screen"];
const PAGE = 50;

/** What happened, newest first. */
export function Timeline({ profileId }: { profileId: string }) {
  const [type, setType] = useState<Schema<"EventType"> | null>(null);
  const [source, setSource] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [event] = useDebouncedValue(text.trim(), 300);
  const config = api.useQuery("get", "/v1/config", {}, { retry: false });
  const sources = (config.data?.files["sources.json"] as { sources?: { id: string; name: string }[] } | undefined)?.sources ?? [];
  const { pages, events } = useEvents(profileId, { type: type ?? undefined, source: source ?? undefined, event: event || undefined }, PAGE);
  return (
    <Stack>
      <Group align="flex-end" role="group" aria-label="Filter the timeline">
        <Select label="Type" placeholder="All" clearable data={TYPES} value={type} onChange={(value) => setType(value as typeof type)} w={140} />
        <Select label="Source" placeholder="All" clearable searchable data={sources.map(({ id, name }) => ({ value: id, label: name }))} value={source} onChange={setSource} w={200} />
        <TextInput label="Event" placeholder="Order Completed" value={text} onChange={(change) => setText(change.currentTarget.value)} w={220} />
      </Group>
      {pages.isPending ? <Waiting /> : pages.error ? <Problem error={pages.error} retry={pages.refetch} /> : events.length === 0 ? (
        <Empty title="No such event">{type || source || event ? "Take a filter away to see more." : "Events appear a moment after they happened."}</Empty>
      ) : (
        <>
          <Accordion variant="separated" chevronPosition="left" multiple>
            {events.map((one) => (
              <Accordion.Item key={one.messageId} value={one.messageId}>
                <Accordion.Control>
                  <Group gap="xs">
                    <Badge variant="light" color="gray">{one.type}</Badge>
                    <Text fw={500} className="selvedge-value">{titleOf(one)}</Text>
                    <Text size="sm" c="dimmed"><Time at={one.timestamp} /> · {one.source}</Text>
                  </Group>
                </Accordion.Control>
                <Accordion.Panel>
                  <Said event={one} />
                  <Code block tabIndex={0}>{JSON.stringify(one, null, 2)}</Code>
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
          <Older pages={pages} />
        </>
      )}
    </Stack>
  );
}

/** What an event says of what happened, for people; all of it stands below. */
function Said({ event }: { event: Schema<"Event"> }) {
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

function titleOf({ type, event, properties, context }: Schema<"Event">): string {
  if (typeof event === "string") return event;
  const page = (context as { page?: { path?: unknown; title?: unknown } } | undefined)?.page;
  const said = properties as { title?: unknown; path?: unknown; name?: unknown } | undefined;
  const title = said?.title ?? page?.title ?? said?.path ?? page?.path;
  return type === "page" && typeof title === "string" ? title : type;
}
