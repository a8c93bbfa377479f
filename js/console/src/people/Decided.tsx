import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api, edge, type Schema } from "../api/client";
import { Empty } from "../frame/Empty";
import { Part } from "../frame/Part";
import { Problem } from "../frame/Problem";
import { Time } from "../frame/Time";
import { Waiting } from "../frame/Waiting";
import { Decisions } from "../preview/Decisions";

const PAGE = 20;

/** What somebody was shown, and why: then, and now. */
export function Decided({ profileId }: { profileId: string }) {
  const [at, setAt] = useState<string>();
  return (
    <Stack>
      <Shown profileId={profileId} why={setAt} />
      <Why profileId={profileId} at={at} now={() => setAt(undefined)} />
    </Stack>
  );
}

function Shown({ profileId, why }: { profileId: string; why: (at: string) => void }) {
  const pages = useInfiniteQuery({
    queryKey: ["shown", profileId],
    queryFn: ({ pageParam }) =>
      answered(edge.GET("/v1/profiles/{name}", { params: { path: { name: `id:${profileId}` }, query: { event: "Promotion Viewed", limit: PAGE, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.timeline.next ?? undefined,
  });
  if (pages.isPending) return <Part title="Offers they saw"><Waiting /></Part>;
  if (pages.error) return <Part title="Offers they saw"><Problem error={pages.error} retry={pages.refetch} /></Part>;
  const events = pages.data.pages.flatMap((page) => page.timeline.events);
  return (
    <Part title="Offers they saw">
      {events.length === 0 ? <Empty title="None so far">What was half in view for a second stands here.</Empty> : (
        <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Offers they saw" } }}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>When</Table.Th><Table.Th>Offer</Table.Th><Table.Th>Placement</Table.Th><Table.Th>Variant</Table.Th><Table.Th>Why</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{events.map((event) => <OneSeen key={event.messageId} event={event} why={why} />)}</Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {pages.hasNextPage && <Group mt="sm"><Button variant="default" loading={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>Show older ones</Button></Group>}
    </Part>
  );
}

function OneSeen({ event, why }: { event: Schema<"Event">; why: (at: string) => void }) {
  const said = (event.properties ?? {}) as { promotion_id?: unknown; position?: unknown; variant?: unknown };
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return (
    <Table.Tr>
      <Table.Td><Time at={event.timestamp} /></Table.Td>
      <Table.Td className="selvedge-value">{text(said.promotion_id)}</Table.Td>
      <Table.Td>{text(said.position)}</Table.Td>
      <Table.Td>{text(said.variant)}</Table.Td>
      <Table.Td><Button size="xs" variant="default" aria-label={`Why ${text(said.promotion_id)} at ${event.timestamp}`} onClick={() => why(event.timestamp)}>Why?</Button></Table.Td>
    </Table.Tr>
  );
}

/** Every placement, decided anew and written down nowhere. */
function Why({ profileId, at, now }: { profileId: string; at?: string; now: () => void }) {
  const asked = api.useQuery("post", "/v1/preview", { body: { profile: `id:${profileId}`, ...(at !== undefined && { at }) } }, { staleTime: 0 });
  return (
    <Part title={at === undefined ? "What they would see now, and why" : "What they would have seen then, and why"} aside={at !== undefined && <Button size="xs" variant="default" onClick={now}>Now</Button>}>
      <Text size="sm" c="dimmed" mb="sm">{at === undefined ? "By" : <>As of <Time at={at} />, by</>} what is published now and what is known of them now.</Text>
      {asked.error ? <Problem error={asked.error} retry={asked.refetch} /> : !asked.data ? <Waiting /> : <Decisions decisions={asked.data.decisions} why={asked.data.why} />}
    </Part>
  );
}
