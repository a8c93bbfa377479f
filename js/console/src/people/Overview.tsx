import { Badge, Group, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { lazy, Suspense, type ReactNode } from "react";
import { api, type Schema } from "../api/client";
import { useNames } from "../config/useNames";
import { counted } from "../frame/counted";
import { Time } from "../frame/Time";
import { Value } from "../frame/Value";
import { Waiting } from "../frame/Waiting";
import { Part } from "../frame/Part";
import { HOW } from "./how";

const IdentifierGraph = lazy(() => import("./IdentifierGraph"));

export function Overview({ person }: { person: Schema<"Profile"> }) {
  return (
    <Stack>
      <Part title="Who this is">
        <Suspense fallback={<Waiting />}><IdentifierGraph person={person} /></Suspense>
      </Part>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Traits person={person} />
        <Segments person={person} />
        <Cart person={person} />
        <Scores person={person} />
        <Consent person={person} />
      </SimpleGrid>
    </Stack>
  );
}

const Nothing = ({ children }: { children: ReactNode }) => <Text c="dimmed" size="sm">{children}</Text>;

function Traits({ person }: { person: Schema<"Profile"> }) {
  const traits = Object.entries(person.traits);
  const claimed = Object.entries(person.claimedTraits);
  return (
    <Part title="Traits">
      {traits.length + claimed.length === 0 ? (
        <Nothing>None yet. An identify call sets them: <code>{'selvedge.identify("7", { tier: "gold" })'}</code></Nothing>
      ) : (
        <Table layout="auto">
          <Table.Thead>
            <Table.Tr><Table.Th>Trait</Table.Th><Table.Th>Value</Table.Th><Table.Th>Set</Table.Th></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {traits.map(([name, value]) => {
              const said = person.traitSources[name];
              return (
                <Table.Tr key={name}>
                  <Table.Td>{name}</Table.Td>
                  <Table.Td><Value of={value} /></Table.Td>
                  <Table.Td>
                    <Text size="sm" span><Time at={said?.at} /></Text>
                    {said?.source && <Text size="xs" c="dimmed">by {said.source}</Text>}
                  </Table.Td>
                </Table.Tr>
              );
            })}
            {claimed.map(([name, value]) => (
              <Table.Tr key={`claimed-${name}`}>
                <Table.Td>{name}</Table.Td>
                <Table.Td><Value of={value} /></Table.Td>
                <Table.Td><Badge color="gray" variant="light">claimed, not used</Badge></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Part>
  );
}

function Segments({ person }: { person: Schema<"Profile"> }) {
  const called = useNames();
  const recent = [...person.segmentChanges].sort((one, other) => other.at.localeCompare(one.at)).slice(0, 8);
  return (
    <Part title="Segments">
      {person.segments.length === 0 && <Nothing>In none of the published segments.</Nothing>}
      <Stack gap="xs">
        {person.segments.map((segment) => (
          <Group key={segment.id} gap="xs" align="baseline">
            <Badge variant="light">{called.segment(segment.id)}</Badge>
            <Text size="sm">since <Time at={segment.since} />, {HOW[segment.how]}</Text>
          </Group>
        ))}
      </Stack>
      {recent.length > 0 && (
        <>
          <Title order={3} mt="md" mb={4}>Lately</Title>
          <Stack gap={2}>
            {recent.map((change, index) => (
              <Text key={index} size="sm">
                {change.entered ? "Entered" : "Left"} <b>{called.segment(change.segment)}</b> <Time at={change.at} />, {HOW[change.how]}
              </Text>
            ))}
          </Stack>
        </>
      )}
    </Part>
  );
}

const money = (value: number, currency: string | null | undefined) =>
  currency && /^[A-Z]{3}$/.test(currency) ? new Intl.NumberFormat(undefined, { style: "currency", currency }).format(value) : value.toLocaleString();

function Cart({ person }: { person: Schema<"Profile"> }) {
  const { cart, orders, revenue, currency } = person.computed;
  return (
    <Part title="Cart and orders">
      {cart.items.length === 0 ? <Nothing>The cart is empty.</Nothing> : (
        <Table>
          <Table.Thead><Table.Tr><Table.Th>Product</Table.Th><Table.Th>Quantity</Table.Th><Table.Th>Price</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {cart.items.map((item, index) => (
              <Table.Tr key={index}>
                <Table.Td>{item.name ?? item.product_id}</Table.Td>
                <Table.Td>{item.quantity}</Table.Td>
                <Table.Td>{item.price === undefined ? "" : money(item.price, item.currency ?? cart.currency)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
          <Table.Caption>Worth {money(cart.value, cart.currency)}, as of <Time at={cart.updatedAt} /></Table.Caption>
        </Table>
      )}
      <Text size="sm" mt="sm">{orders === 0 ? "No order yet." : `${counted(orders, "order")}, ${money(revenue, currency)} in all.`}</Text>
    </Part>
  );
}

/** Numbers that segments of the config go by, by their names in rules. */
function declared(rule: unknown): string[] {
  if (typeof rule !== "object" || rule === null) return [];
  const { score } = rule as { score?: { of?: unknown } };
  return typeof score?.of === "string" ? [score.of] : Object.values(rule).flatMap(declared);
}

/** What stands at a path of dots. */
const standing = (person: Schema<"Profile">, path: string) =>
  path.split(".").reduce<unknown>((value, step) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined), path.startsWith("computed.") ? person : person.traits);

function Scores({ person }: { person: Schema<"Profile"> }) {
  const config = api.useQuery("get", "/v1/config", {}, { retry: false });
  const asked = Object.entries(config.data?.files ?? {}).flatMap(([file, content]) => (file.startsWith("segments/") ? declared(content) : []));
  const names = [...new Set(["computed.orders", "computed.revenue", "computed.averageOrder", ...asked])];
  return (
    <Part title="Scores">
      <Table variant="vertical" layout="auto">
        <Table.Tbody>
          {names.map((name) => (
            <Table.Tr key={name}>
              <Table.Th>{name}{asked.includes(name) && <Badge size="xs" variant="light" ml={6}>segments go by it</Badge>}</Table.Th>
              <Table.Td><Value of={standing(person, name)} /></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Part>
  );
}

const PURPOSES = { analytics: "Analytics: events are kept", personalisation: "Personalisation: decisions may use the profile", advertising: "Advertising", sale_or_share: "Sale or sharing with others" } as const;

function Consent({ person }: { person: Schema<"Profile"> }) {
  const { consent } = person;
  return (
    <Part title="Consent">
      {consent === null ? <Nothing>They have said nothing themselves; what the source says by default counts.</Nothing> : (
        <Stack gap="xs">
          {(Object.keys(PURPOSES) as (keyof typeof PURPOSES)[]).map((purpose) => (
            <Group key={purpose} gap="xs">
              <Badge variant="light" color={consent.purposes[purpose] ? "green" : "gray"}>{consent.purposes[purpose] ? "yes" : "no"}</Badge>
              <Text size="sm">{PURPOSES[purpose]}</Text>
            </Group>
          ))}
          <Text size="sm" c="dimmed">Said <Time at={consent.at} /></Text>
        </Stack>
      )}
    </Part>
  );
}
