import { Alert, Badge, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { Schema } from "../api/client";
import { useNames } from "../config/useNames";
import { counted } from "../frame/counted";
import { nameOf, STATES } from "./names";

/** People as they are, and beside them as they would be. */
export function DryRun({ run }: { run: Schema<"DryRun"> }) {
  if (run.beyond) return <Alert color="orange" variant="light" title="Too much is connected">{run.beyond.message}</Alert>;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Side title="Now" people={run.before} />
      <Side title="Then" people={run.after} />
    </SimpleGrid>
  );
}

function Side({ title, people }: { title: string; people: Schema<"Person">[] }) {
  const called = useNames();
  return (
    <Stack component="section" aria-label={title}>
      <Title order={3}>{title}: {people.length === 0 ? "nobody" : people.length === 1 ? "one person" : `${people.length} people`}</Title>
      {people.map((person, index) => (
        <Card withBorder key={person.profileId ?? index} padding="sm">
          <Stack gap={6}>
            {person.identifiers.map((id) => (
              <Text key={nameOf(id)} size="sm" className="selvedge-value">
                <Text span c="dimmed" inherit>{id.namespace}</Text> {id.value}
                {id.state !== "active" && <Badge size="xs" variant="light" color="gray" ml={4}>{STATES[id.state]}</Badge>}
              </Text>
            ))}
            <Text size="sm" c="dimmed">{[counted(person.events ?? 0, "event"), counted(Object.keys(person.traits).length, "trait"), counted(person.computed.orders, "order")].join(", ")}</Text>
            <Group gap={4}>
              {person.segments.map(({ id }) => (
                <Badge key={id} size="sm" variant="light" color={person.entered?.includes(id) ? "green" : undefined}>
                  {person.entered?.includes(id) ? `enters ${called.segment(id)}` : called.segment(id)}
                </Badge>
              ))}
              {person.left?.map((id) => <Badge key={id} size="sm" variant="light" color="red">leaves {called.segment(id)}</Badge>)}
            </Group>
            {(person.expired ?? 0) > 0 && <Text size="xs" c="dimmed">What {counted(person.expired ?? 0, "expired event")} said is not restored.</Text>}
          </Stack>
        </Card>
      ))}
    </Stack>
  );
}
