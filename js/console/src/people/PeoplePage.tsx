import { Badge, Button, Card, Group, List, Stack, Table, Text, TextInput } from "@mantine/core";
import { MagnifyingGlassIcon } from "@radix-ui/react-icons";
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { getRouteApi, useCanGoBack, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { answered, api, edge, told } from "../api/client";
import { useNames } from "../config/useNames";
import { counted } from "../frame/counted";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { Problem } from "../frame/Problem";
import { TextLink } from "../frame/TextLink";
import { Time } from "../frame/Time";
import { Waiting } from "../frame/Waiting";
import { bestOf } from "./names";
import { useNamespaces } from "./namespaces";

const route = getRouteApi("/people");

const PAGE = 50;

/** Finds people by whatever is known of them. */
export function PeoplePage() {
  const { find } = route.useSearch();
  const navigate = route.useNavigate();
  const [text, setText] = useState(find ?? "");
  return (
    <>
      <Heading title="People" about="Find somebody by anything that names them: a customer number, an e-mail address, a phone number, the id of a device." />
      <form
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void navigate({ search: { find: text.trim() || undefined } });
        }}
      >
        <Group align="flex-end" mb="lg">
          <TextInput
            label="Identifier"
            description="As it is, or with its namespace: email:ada@example.com"
            placeholder="ada@example.com"
            leftSection={<MagnifyingGlassIcon aria-hidden />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            flex={1}
            maw={480}
          />
          <Button type="submit">Find</Button>
        </Group>
      </form>
      {find ? <Found find={find} /> : <Known />}
    </>
  );
}

/** Whoever any namespace knows by this text. */
function Found({ find }: { find: string }) {
  const namespaces = useNamespaces();
  const called = useNames();
  const [namespace] = find.split(":", 1);
  const named = find.includes(":") && (namespace === "id" || namespaces.includes(namespace!));
  const names = named ? [find] : namespaces.map((namespace) => `${namespace}:${find}`);
  const asked = useQueries({
    queries: names.map((name) => ({
      queryKey: ["find", name],
      queryFn: () => answered(edge.GET("/v1/profiles/{name}", { params: { path: { name }, query: { limit: 1 } } })),
    })),
  });
  if (asked.some((one) => one.isPending)) return <Waiting />;
  const found = new Map(asked.flatMap((one) => (one.data ? [[one.data.profileId, one.data] as const] : [])));
  // That a text is no e-mail address is no news where it was a customer number.
  const failed = asked.find((one) => one.error && !["profile_not_found", "invalid_request", "profile_erased"].includes(told(one.error).code));
  const erased = asked.some((one) => one.error && told(one.error).code === "profile_erased");
  if (failed) return <Problem error={failed.error} retry={() => asked.forEach((one) => one.refetch())} />;
  if (found.size === 0) {
    return erased ? (
      <Empty title="This person was erased">Nothing is left of them but a receipt, and the promise that they do not come back.</Empty>
    ) : (
      <Empty title={`Nobody is known as “${find}”`}>
        <List size="sm" ta="left">
          <List.Item>Looked for as: {names.map((name) => name.split(":", 1)[0]).join(", ")}.</List.Item>
          <List.Item>What a visitor only claims, without proof, names nobody: it stands on the page of their device under “Identity”.</List.Item>
          <List.Item>Upper and lower case matter, but not in e-mail addresses.</List.Item>
        </List>
      </Empty>
    );
  }
  return (
    <Stack role="list" aria-label="People found">
      {[...found.values()].map((profile) => (
        <Card key={profile.profileId} withBorder role="listitem">
          <Group justify="space-between">
            <Stack gap={4}>
              <TextLink to="/people/$name" params={{ name: `id:${profile.profileId}` }} fw={600}>
                {bestOf(profile.identifiers)?.value ?? "Nobody knows their name"}
              </TextLink>
              <Text size="sm" c="dimmed">
                {counted(profile.identifiers.length, "identifier")}, {counted(profile.computed.events, "event")}, last seen <Time at={profile.lastSeen} />
              </Text>
            </Stack>
            <Group gap={6}>{profile.segments.map(({ id }) => <Badge key={id} variant="light">{called.segment(id)}</Badge>)}</Group>
          </Group>
        </Card>
      ))}
    </Stack>
  );
}

/** All people by the directory, some at a time: however many there are, the page stays small. */
function Known() {
  const { after, from = 0 } = route.useSearch();
  const navigate = route.useNavigate();
  const { history } = useRouter();
  const canGoBack = useCanGoBack();
  const called = useNames();
  const page = useQuery({
    queryKey: ["directory", after],
    queryFn: () => answered(edge.GET("/v1/directory", { params: { query: { home: "live", limit: PAGE, cursor: after } } })),
    placeholderData: keepPreviousData,
  });
  const counts = api.useQuery("get", "/v1/directory/counts");
  if (page.isPending) return <Waiting />;
  if (page.error) return <Problem error={page.error} retry={page.refetch} />;
  const { profiles, next } = page.data;
  const all = counts.data && counted(counts.data.profiles.live, "person", "people");
  const events = counts.data && counted(counts.data.events, "event");
  if (profiles.length === 0 && from === 0) {
    return (
      <Empty title="Nobody was here yet">
        People appear with their first event. <TextLink to="/sources" inherit>Sources</TextLink> has the snippet that sends it.
      </Empty>
    );
  }
  return (
    <>
      <Text c="dimmed" mb="xs" role="status">
        {(from > 0 || next !== null) && `${(from + 1).toLocaleString()} to ${(from + profiles.length).toLocaleString()} of `}
        {all ?? "…"}, with {events ?? "…"}; in the order of their ids.
      </Text>
      <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "All people" } }}>
        <Table highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Profile</Table.Th>
              <Table.Th>Last seen</Table.Th>
              <Table.Th>Events</Table.Th>
              <Table.Th>Identifiers</Table.Th>
              <Table.Th>Segments</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {profiles.map((row) => (
              <Table.Tr key={row.profileId}>
                <Table.Td>
                  <TextLink to="/people/$name" params={{ name: `id:${row.profileId}` }} ff="monospace" size="sm">
                    {row.profileId.slice(0, 12)}…
                  </TextLink>
                </Table.Td>
                <Table.Td><Time at={row.lastSeen} /></Table.Td>
                <Table.Td>{row.events}</Table.Td>
                <Table.Td>{row.identifiers}</Table.Td>
                <Table.Td>
                  <Group gap={4}>{row.segments.map((id) => <Badge key={id} variant="light" size="sm">{called.segment(id)}</Badge>)}</Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {(from > 0 || next !== null) && (
        <Group mt="sm">
          {/* Whoever came here by a link has nothing to go back to but the first page. */}
          <Button variant="default" disabled={from === 0} onClick={() => (canGoBack ? history.back() : void navigate({ search: {} }))}>Previous</Button>
          <Button variant="default" disabled={next === null} loading={page.isPlaceholderData} onClick={() => void navigate({ search: { after: next ?? undefined, from: from + profiles.length } })}>Next</Button>
        </Group>
      )}
    </>
  );
}
