import { Badge, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import type { Schema } from "../api/client";
import type { Called } from "../config/useNames";
import { Empty } from "../frame/Empty";

/** What kept an offer back, in plain words. */
const BY: Record<Schema<"Decisive">, string> = {
  schedule: "does not run now",
  consent: "may not ask anything of this person",
  audience: "this person is not in its audience",
  person_cap: "this person has seen it often enough",
  on_page: "is in another placement of the page",
  exclusive: "another one of its group is on the page",
  shared_cap: "all together have got it often enough",
  held_out: "this person is held out",
  template: "its content can't be made",
  beaten: "one of higher priority is shown",
  won: "is shown",
};

/** What each placement shows, and what kept every other offer back. */
export function Decisions({ decisions, why, called }: { decisions: Schema<"Decision">[]; why: Schema<"Trace">; called: Called }) {
  if (decisions.length === 0) return <Empty title="No placement">Placements are the named places of pages that offers are shown in; add one to the config.</Empty>;
  return (
    <Stack role="status">
      {decisions.map((decision) => (
        <Card withBorder key={decision.placement} component="section" aria-label={decision.placement}>
          <Group justify="space-between">
            <Title order={3}>{decision.placement}</Title>
            <Badge variant="light" color={decision.offer ? "teal" : "gray"}>{decision.offer ? called.offer(decision.offer) : "the page's own content"}{decision.variant && ` · ${decision.variant}`}</Badge>
          </Group>
          <Considered of={why.placements.find(({ placement }) => placement === decision.placement)?.considered ?? []} called={called} />
        </Card>
      ))}
    </Stack>
  );
}

function Considered({ of, called }: { of: Schema<"Trace">["placements"][number]["considered"]; called: Called }) {
  if (of.length === 0) return <Text size="sm" c="dimmed">No offer is for this placement.</Text>;
  return (
    <Table mt="xs">
      <Table.Thead><Table.Tr><Table.Th>Offer</Table.Th><Table.Th>Why</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {of.map(({ offer, by, detail }) => (
          <Table.Tr key={offer}>
            <Table.Td className="selvedge-value">{called.offer(offer)}</Table.Td>
            <Table.Td>{BY[by]}{detail && <Text span inherit c="dimmed"> ({detail})</Text>}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
