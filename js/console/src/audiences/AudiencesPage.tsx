import { Alert, Badge, Button, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { PlusIcon } from "@radix-ui/react-icons";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api } from "../api/client";
import { folder, idOf, idsIn, nameOf } from "../config/parsed";
import { Published } from "../config/Published";
import { written, type Draft } from "../config/draft";
import { useDraft, type Writing } from "../config/useDraft";
import { useEngine, type Names } from "../engine/engine";
import { BeginDialog } from "../frame/BeginDialog";
import { Choice } from "../frame/Choice";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { Problem } from "../frame/Problem";
import { TextLink } from "../frame/TextLink";
import { useFirst } from "../frame/useFirst";
import { useNamespaces } from "../people/namespaces";
import { useMay } from "../session/session";

/** Of a segment, or of an imported list. */
interface Content {
  name?: unknown;
  rule?: unknown;
  namespace?: unknown;
}

/** All audiences of a draft, and what they are called. */
function audiencesOf(draft: Draft) {
  const [segments, imported] = ["segments", "audiences"].map((name) => folder<Content>(draft, name)) as [Audience[], Audience[]];
  const called = (all: Audience[]) => Object.fromEntries(all.map((one) => [one.id, nameOf(one)]));
  const names: Names = { segments: called(segments), audiences: called(imported) };
  return { segments, imported, names };
}
type Audience = ReturnType<typeof folder<Content>>[number];

export const namesOf = (draft: Draft): Names => audiencesOf(draft).names;

/** Who is who, for offers: rules and imported lists, and how many are in them. */
export function AudiencesPage() {
  return <Published>{(published) => <All published={published} />}</Published>;
}

function All({ published }: { published: Draft }) {
  const mayPublish = useMay("publish");
  const writing = useDraft(published);
  const { draft, touched } = writing;
  const [adding, add] = useDisclosure();
  const [text, setText] = useState("");
  const counts = api.useQuery("get", "/v1/segments", { params: { query: { days: 7 } } }, { refetchInterval: 10_000 });
  const lists = api.useQuery("get", "/v1/audiences");
  const engine = useEngine();
  const { segments, imported, names } = useMemo(() => audiencesOf(draft), [draft.texts]);
  const isFound = (one: { id: string; content: { name?: unknown } }) => `${one.id} ${nameOf(one)}`.toLowerCase().includes(text.toLowerCase());
  const { rows, more } = useFirst([
    ...segments.map((one) => ({ ...one, isRule: true })), ...imported.map((one) => ({ ...one, isRule: false })),
  ].filter(isFound));
  const said = (rule: unknown) => {
    const words = engine.data?.sentence(rule ?? null, names);
    return words && (words.reason ?? words.sentence);
  };
  const counted = new Map(counts.data?.segments.map((one) => [one.id, one]));
  return (
    <>
      <Heading title="Audiences" about="Groups of people that offers are for: by a rule that is always up to date, or by a list that you upload.">
        {mayPublish && <Button leftSection={<PlusIcon />} onClick={add.open}>New audience</Button>}
      </Heading>
      {counts.error && <Problem error={counts.error} retry={counts.refetch} />}
      {segments.length + imported.length === 0 ? (
        <Empty title="There is no audience yet">
          An audience is a question that every visitor is asked: did they put shoes into the cart in the last half hour, and not buy? Whoever fits is in it at once.
        </Empty>
      ) : (
        <Stack>
          <TextInput aria-label="Find an audience" placeholder="Find by name" value={text} onChange={(event) => setText(event.currentTarget.value)} maw={320} />
          <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Audiences" } }}>
            <Table highlightOnHover>
              <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th>Kind</Table.Th><Table.Th>People</Table.Th><Table.Th>Who is in it</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>
                {rows.map((one) => (
                  <Table.Tr key={one.file} className="selvedge-row">
                    <Table.Td>
                      <Group gap={6}>
                        <TextLink to={one.isRule ? "/audiences/$id" : "/audiences/lists/$id"} params={{ id: one.id }} fw={600}>{nameOf(one)}</TextLink>
                        {touched.has(one.file) && <Badge size="xs" variant="light" color="orange">not published</Badge>}
                        {counted.get(one.id)?.readable === false && <Badge size="xs" variant="light" color="red">beyond this edge: nobody is in it until the newer one is deployed</Badge>}
                      </Group>
                    </Table.Td>
                    <Table.Td>{one.isRule ? <Badge variant="light">rule</Badge> : <Badge variant="light" color="grape">imported list</Badge>}</Table.Td>
                    <Table.Td>{one.isRule ? <Members isKnown={counts.isSuccess} of={counted.get(one.id)} /> : lists.data?.audiences.find(({ id }) => id === one.id)?.members.toLocaleString() ?? "…"}</Table.Td>
                    <Table.Td><Text size="sm" lineClamp={2}>{one.isRule ? said(one.content.rule) : `whoever is on the list, by ${String(one.content.namespace)}`}</Text></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {more}
        </Stack>
      )}
      {adding && <NewAudience writing={writing} close={add.close} />}
    </>
  );
}

function Members({ of, isKnown }: { of?: { members: number | null; history: { members: number }[] }; isKnown: boolean }) {
  if (of && of.members !== null) return <Moved members={of.members} history={of.history} />;
  return <Text size="sm" c="dimmed">{of ? "known when they come" : isKnown ? "counted once it is published" : "…"}</Text>;
}

/** How many there are, and how that moved in a week. */
function Moved({ members, history }: { members: number; history: { members: number }[] }) {
  const by = members - (history[0]?.members ?? members);
  return (
    <Group gap={6}>
      <Text size="sm" fw={600}>{members.toLocaleString()}</Text>
      {by !== 0 && <Text size="xs" c="dimmed">{by > 0 ? "+" : "−"}{Math.abs(by).toLocaleString()} in a week</Text>}
    </Group>
  );
}

function NewAudience({ writing: { draft, write }, close }: { writing: Writing; close: () => void }) {
  const navigate = useNavigate();
  const namespaces = useNamespaces();
  const [kind, setKind] = useState<"rule" | "list">("rule");
  const [namespace, setNamespace] = useState("email");
  const begin = (name: string) => {
    const place = kind === "rule" ? "segments" : "audiences";
    const id = idOf(name, idsIn(place, Object.keys(draft.texts)));
    write({ ...draft.texts, [`${place}/${id}.json`]: written({ id, name, ...(kind === "rule" ? { rule: { all: [] } } : { namespace }) }) });
    void navigate({ to: kind === "rule" ? "/audiences/$id" : "/audiences/lists/$id", params: { id } });
  };
  return (
    <BeginDialog title="New audience" placeholder="Shoes in the cart, nothing bought" begin={begin} close={close}>
      <Choice
        label="Who is in it"
        value={kind}
        onChange={setKind}
        of={[
          { value: "rule", label: "Whoever fits a rule", description: "Always up to date, by what people do and are" },
          { value: "list", label: "Whoever is on a list", description: "A file that you upload" },
        ]}
      />
      {kind === "list" && <Select label="What the list has" searchable data={namespaces} value={namespace} allowDeselect={false} onChange={(to) => to && setNamespace(to)} />}
      {kind === "list" && <Alert variant="light">A first line that names the columns, one of them “{namespace}”.</Alert>}
    </BeginDialog>
  );
}
