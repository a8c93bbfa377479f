import { Badge, Button, SegmentedControl, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api, edge } from "../api/client";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { Older } from "../frame/Older";
import { Problem } from "../frame/Problem";
import { TextLink } from "../frame/TextLink";
import { ago, Time } from "../frame/Time";
import { Waiting } from "../frame/Waiting";
import { Part } from "../frame/Part";
import { reason } from "../people/names";
import { useMay } from "../session/session";

const SPANS = [{ value: "24", label: "24 hours" }, { value: "168", label: "7 days" }, { value: "720", label: "30 days" }];

/** What did not go as it should, and what to do about it. */
export function HealthPage() {
  return (
    <>
      <Heading title="Health" about="What was turned away, what was not linked, and what could not be delivered, each with its reason." />
      <Stack>
        <Intake />
        <Refusals />
        <DeadLetters />
      </Stack>
    </>
  );
}

/** Codes of requests that failed as a whole, in plain words. */
const REQUESTS: Record<string, string> = {
  invalid_write_key: "No source has this key. Compare the key on the page or server with those under Sources.",
  invalid_request: "The body could not be read: no JSON, or without a batch.",
  payload_too_large: "The request was too large; clients send smaller batches.",
  source_limit: "The source sent more than its limit allows; it sends again later.",
  address_limit: "One address sent more than the limit allows; it sends again later.",
  profile_flooded: "Too many requests at once were about one person; they are sent again.",
  no_config: "No config is published yet.",
};

type Kind = "accepted" | "duplicate" | "bots" | "refused";

/** What became of events that are counted under a code. */
const kindOf = (code: string): Kind => (code === "accepted" || code === "duplicate" ? code : code.startsWith("bot_") ? "bots" : "refused");

function Intake() {
  const [hours, setHours] = useState("24");
  const intake = api.useQuery("get", "/v1/intake", { params: { query: { hours: Number(hours) } } }, { refetchInterval: 10_000 });
  const span = <SegmentedControl size="xs" data={SPANS} value={hours} onChange={setHours} aria-label="Over the last" />;
  if (intake.isPending) return <Part title="Events" aside={span}><Waiting /></Part>;
  if (intake.error) return <Part title="Events" aside={span}><Problem error={intake.error} retry={intake.refetch} /></Part>;
  const all = intake.data.intake;
  const sums = new Map<string, { source: string | null; code: string; message: string | null; count: number; last: string }>();
  for (const { source, code, message, count, last } of all) {
    const key = `${source}\n${code}`;
    const known = sums.get(key);
    sums.set(key, { source, code, message, count: count + (known?.count ?? 0), last: known && known.last > last ? known.last : last });
  }
  const rows = [...sums.values()];
  const total = (wanted: Kind) => rows.filter(({ code }) => kindOf(code) === wanted).reduce((sum, { count }) => sum + count, 0);
  const listed = rows.filter(({ code }) => ["bots", "refused"].includes(kindOf(code))).sort((one, other) => other.count - one.count);
  return (
    <Part title="Events" aside={span}>
      <SimpleGrid cols={{ base: 1, xs: 4 }} mb="md">
        <Figure name="Accepted" value={total("accepted")} />
        <Figure name="Sent twice, counted once" value={total("duplicate")} />
        <Figure name="Of bots, set aside" value={total("bots")} />
        <Figure name="Turned away" value={total("refused")} />
      </SimpleGrid>
      {listed.length === 0 ? <Empty title="Nothing was turned away">An event that can't be taken is listed here with its reason, and what to do about it.</Empty> : (
        <Table.ScrollContainer minWidth={600} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "What was turned away or set aside" } }}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>Why</Table.Th><Table.Th>Source</Table.Th><Table.Th>How often</Table.Th><Table.Th>Last</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {listed.map(({ source, code, message, count, last }) => (
                <Table.Tr key={`${source} ${code}`}>
                  <Table.Td><Text size="sm">{message ?? REQUESTS[code] ?? code}</Text><Text size="xs" c="dimmed">{code}</Text></Table.Td>
                  <Table.Td>{source ?? <Text span c="dimmed" inherit>not known</Text>}</Table.Td>
                  <Table.Td>{count.toLocaleString()}</Table.Td>
                  <Table.Td>{ago(last)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Part>
  );
}

function Figure({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <Text size="sm" c="dimmed">{name}</Text>
      <Text size="xl" fw={700}>{value.toLocaleString()}</Text>
    </div>
  );
}

function Refusals() {
  const mayLook = useMay("read_people");
  const counts = api.useQuery("get", "/v1/refusals/counts", {}, { refetchInterval: 30_000 });
  if (counts.isPending) return <Part title="Refused links"><Waiting /></Part>;
  if (counts.error) return <Part title="Refused links"><Problem error={counts.error} retry={counts.refetch} /></Part>;
  const reasons = Object.entries(counts.data.reasons).sort(([, one], [, other]) => other - one);
  return (
    <Part title="Refused links">
      {reasons.length === 0 ? <Empty title="No link was refused">Where a rule of identity keeps two apart who might be one, it is counted here and stands on both people.</Empty> : (
        <Table>
          <Table.Thead><Table.Tr><Table.Th>Why</Table.Th><Table.Th>How often</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {reasons.map(([code, count]) => (
              <Table.Tr key={code}>
                <Table.Td><Text size="sm">{reason(code)}</Text><Text size="xs" c="dimmed">{code}</Text></Table.Td>
                <Table.Td>{count.toLocaleString()}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {reasons.length > 0 && mayLook && <Refused />}
    </Part>
  );
}

/** Whom it was about, newest first. */
function Refused() {
  const pages = useInfiniteQuery({
    queryKey: ["refusals"],
    queryFn: ({ pageParam }) => answered(edge.GET("/v1/refusals", { params: { query: { limit: 20, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  if (pages.isPending) return <Waiting />;
  if (pages.error) return <Problem error={pages.error} retry={pages.refetch} />;
  return (
    <>
      <Title order={3} mt="md" mb={4}>The newest</Title>
      <Table.ScrollContainer minWidth={600} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Links that were refused" } }}>
        <Table>
          <Table.Thead><Table.Tr><Table.Th>Identifier</Table.Th><Table.Th>Whose it did not become</Table.Th><Table.Th>Why</Table.Th><Table.Th>When</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {pages.data.pages.flatMap((page) => page.refusals).map((one) => (
              <Table.Tr key={`${one.profileId} ${one.messageId} ${one.namespace} ${one.value} ${one.reason}`}>
                <Table.Td className="selvedge-value"><Text size="xs" c="dimmed">{one.namespace}</Text>{one.value}</Table.Td>
                <Table.Td><TextLink to="/people/$name" params={{ name: `id:${one.profileId}` }} ff="monospace" size="sm">{one.profileId.slice(0, 12)}…</TextLink></Table.Td>
                <Table.Td><Text size="sm">{reason(one.reason)}</Text></Table.Td>
                <Table.Td><Time at={one.at} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Older pages={pages} />
    </>
  );
}

function DeadLetters() {
  const mayOperate = useMay("operate");
  const queries = useQueryClient();
  const letters = api.useQuery("get", "/v1/dead-letters", { params: { query: { limit: 50 } } }, { refetchInterval: 30_000 });
  const settled = (title: string) => async () => {
    await queries.invalidateQueries({ queryKey: api.queryOptions("get", "/v1/dead-letters").queryKey.slice(0, 2) });
    notifications.show({ color: "green", title, message: "What fails again comes back here." });
  };
  const redrive = api.useMutation("post", "/v1/dead-letters/redrive", { onSuccess: settled("They are on their way again") });
  const button = mayOperate && (letters.data?.deadLetters.length ?? 0) > 0 && (
    <Button size="xs" variant="default" loading={redrive.isPending} onClick={() => redrive.mutate({})}>Deliver them again</Button>
  );
  return (
    <Part title="Dead letters" aside={button}>
      {redrive.error && <Problem error={redrive.error} />}
      {letters.isPending ? <Waiting /> : letters.error ? <Problem error={letters.error} retry={letters.refetch} /> : letters.data.deadLetters.length === 0 ? (
        <Empty title="Everything was delivered">What the Queue can't bring to the archive and the directory is kept here until somebody sends it again.</Empty>
      ) : (
        <Table.ScrollContainer minWidth={600} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Dead letters" } }}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>Sent</Table.Th><Table.Th>Given up</Table.Th><Table.Th>Queue</Table.Th><Table.Th>Size</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {letters.data.deadLetters.map((letter) => (
                <Table.Tr key={letter.id}>
                  <Table.Td><Time at={letter.sentAt} /></Table.Td>
                  <Table.Td><Time at={letter.keptAt} /></Table.Td>
                  <Table.Td>{letter.queue}</Table.Td>
                  <Table.Td>{letter.bytes.toLocaleString()} bytes</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {letters.data.next && <Badge variant="light">and more</Badge>}
        </Table.ScrollContainer>
      )}
    </Part>
  );
}
