import { Badge, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api, edge, type Schema } from "../api/client";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { Older } from "../frame/Older";
import { Problem } from "../frame/Problem";
import { TextLink } from "../frame/TextLink";
import { Time } from "../frame/Time";
import { Waiting } from "../frame/Waiting";

const PAGE = 50;

/** What a right is used for, in plain words: those of which something is ever noted. */
const SAYS: Partial<Record<Schema<"Right">, string>> = {
  read_people: "Looked at people",
  publish: "Published, or tried to",
  join_and_part: "Joined or parted people",
  erase: "Erased somebody, or tried to",
  operate: "Ran the edge: archive, replay, directory, dead letters",
  manage_keys: "Made or took back a key",
};

/** Who has asked for what, and of whom. */
export function RecordPage() {
  const [right, setRight] = useState<Schema<"Right"> | null>(null);
  const [key, setKey] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [about] = useDebouncedValue(text.trim(), 300);
  const keys = api.useQuery("get", "/v1/keys");
  const query = { right: right ?? undefined, key: key ?? undefined, about: about || undefined };
  const pages = useInfiniteQuery({
    queryKey: ["record", query],
    queryFn: ({ pageParam }) => answered(edge.GET("/v1/audit", { params: { query: { ...query, limit: PAGE, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    retry: false,
  });
  const acts = pages.data?.pages.flatMap((page) => page.acts) ?? [];
  const whose = [{ value: "deployment", label: "Deployment key" }, { value: "access", label: "Cloudflare Access" }, ...(keys.data?.keys ?? []).map(({ id, name }) => ({ value: id, label: name }))];
  return (
    <>
      <Heading title="Record" about="Every change, and every look at people, before it was done. No identifier stands in it: whoever knows somebody's finds what was asked of them." />
      <Stack>
        <Group align="flex-end" role="group" aria-label="Filter the record">
          <Select label="What" placeholder="All" clearable data={Object.entries(SAYS).map(([value, label]) => ({ value, label }))} value={right} onChange={(value) => setRight(value as typeof right)} w={300} />
          <Select label="Whose key" placeholder="All" clearable searchable data={whose} value={key} onChange={setKey} w={220} />
          <TextInput label="About whom" placeholder="email:ada@example.com" value={text} onChange={(change) => setText(change.currentTarget.value)} w={260} />
        </Group>
        {pages.isPending ? <Waiting /> : pages.error ? <Problem error={pages.error} retry={pages.refetch} /> : acts.length === 0 ? (
          <Empty title="Nothing is on record">{right || key || about ? "Take a filter away to see more." : "Whoever publishes, makes a key, or looks at somebody, is noted here."}</Empty>
        ) : (
          <Table.ScrollContainer minWidth={760} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "The record" } }}>
            <Table>
              <Table.Thead><Table.Tr><Table.Th>When</Table.Th><Table.Th>Who</Table.Th><Table.Th>What</Table.Th><Table.Th>Whom</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>
                {acts.map((act, index) => (
                  <Table.Tr key={index}>
                    <Table.Td><Time at={act.at} /></Table.Td>
                    <Table.Td className="selvedge-value">{act.who}</Table.Td>
                    <Table.Td><Text size="sm">{SAYS[act.right] ?? act.right}</Text><Text size="xs" c="dimmed" className="selvedge-value">{act.method} {act.path}</Text></Table.Td>
                    <Table.Td><Whom about={act.about} /></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        <Older pages={pages} />
      </Stack>
    </>
  );
}

function Whom({ about }: { about: string | null }) {
  if (about === null) return null;
  if (about.startsWith("id:")) return <TextLink to="/people/$name" params={{ name: about }} inherit>{about.slice(3, 11)}</TextLink>;
  return <Badge variant="light" color="gray">by an identifier</Badge>;
}
