import { Button, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { api, type Schema } from "../api/client";
import { useNames } from "../config/useNames";
import { Empty } from "../frame/Empty";
import { Older } from "../frame/Older";
import { Part } from "../frame/Part";
import { Problem } from "../frame/Problem";
import { TextLink } from "../frame/TextLink";
import { Time } from "../frame/Time";
import { Waiting } from "../frame/Waiting";
import { Decisions } from "../preview/Decisions";
import { part } from "../results/figures";
import { useEvents } from "./useEvents";

const PAGE = 20;

/** What somebody was shown, and why: then, and now. */
export function Decided({ profileId }: { profileId: string }) {
  const [seen, setSeen] = useState<Schema<"Event">>();
  return (
    <Stack>
      <Shown profileId={profileId} why={setSeen} />
      {seen?.decision && <OnRecord event={seen} decision={seen.decision} />}
      <Why profileId={profileId} at={seen?.timestamp} now={() => setSeen(undefined)} />
    </Stack>
  );
}

/** What an offer that was seen carries of its decision. Which rules held for whom is not kept of each: that is worked out anew. */
function OnRecord({ event, decision }: { event: Schema<"Event">; decision: Schema<"Proved"> }) {
  const { at, configVersion, experiment, variant, propensity, audience } = decision;
  const called = useNames();
  const { promotion_id: offer } = (event.properties ?? {}) as { promotion_id?: unknown };
  return (
    <Part title="What is on record of it">
      <Text size="sm" role="status">
        {typeof offer === "string" ? `“${called.offer(offer)}”` : "It"} was decided <Time at={at} />, by version {configVersion} of the <TextLink to="/config" inherit>config</TextLink>
        {experiment !== null && <>, in the experiment <TextLink to="/results/$key" params={{ key: experiment }} inherit>{experiment}</TextLink></>}
        {variant !== null && ` with the variant “${variant}”`}
        {propensity !== null && `, which ${part(propensity)} of such people are given`}
        {audience !== null && ` (of those in “${audience}”)`}.
      </Text>
    </Part>
  );
}

function Shown({ profileId, why }: { profileId: string; why: (event: Schema<"Event">) => void }) {
  const { pages, events } = useEvents(profileId, { event: "Promotion Viewed" }, PAGE);
  if (pages.isPending) return <Part title="Offers they saw"><Waiting /></Part>;
  if (pages.error) return <Part title="Offers they saw"><Problem error={pages.error} retry={pages.refetch} /></Part>;
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
      <Older pages={pages} />
    </Part>
  );
}

function OneSeen({ event, why }: { event: Schema<"Event">; why: (event: Schema<"Event">) => void }) {
  const called = useNames();
  const said = (event.properties ?? {}) as { promotion_id?: unknown; position?: unknown; variant?: unknown };
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return (
    <Table.Tr>
      <Table.Td><Time at={event.timestamp} /></Table.Td>
      <Table.Td className="selvedge-value">{called.offer(text(said.promotion_id))}</Table.Td>
      <Table.Td>{text(said.position)}</Table.Td>
      <Table.Td>{text(said.variant)}</Table.Td>
      <Table.Td><Button size="xs" variant="default" aria-label={`Why ${called.offer(text(said.promotion_id))} at ${event.timestamp}`} onClick={() => why(event)}>Why?</Button></Table.Td>
    </Table.Tr>
  );
}

/** Every placement, decided anew and written down nowhere. */
function Why({ profileId, at, now }: { profileId: string; at?: string; now: () => void }) {
  const called = useNames();
  const asked = api.useQuery("post", "/v1/preview", { body: { profile: `id:${profileId}`, ...(at !== undefined && { at }) } }, { staleTime: 0 });
  return (
    <Part title={at === undefined ? "What they would see now, and why" : "What they would have seen then, and why"} aside={at !== undefined && <Button size="xs" variant="default" onClick={now}>Now</Button>}>
      <Text size="sm" c="dimmed" mb="sm">{at === undefined ? "By" : <>As of <Time at={at} />, by</>} what is published now and what is known of them now.</Text>
      {asked.error ? <Problem error={asked.error} retry={asked.refetch} /> : !asked.data ? <Waiting /> : <Decisions decisions={asked.data.decisions} why={asked.data.why} called={called} />}
    </Part>
  );
}
