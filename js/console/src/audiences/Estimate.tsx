import { Card, Group, List, Loader, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { LastDays } from "./LastDays";
import { api, told } from "../api/client";
import { TextLink } from "../frame/TextLink";
import { ago } from "../frame/Time";
import { useMay } from "../session/session";

const SETTLES_MS = 600;

/** What somebody is known by; a device's id says nothing to anybody. */
const calledBy = (identifiers: { namespace: string; value: string }[]) => identifiers.find(({ namespace }) => namespace !== "anonymous_id")?.value;

/** How many there would be, out of a sample of all people, and some of them. */
export function Estimate({ id, rule, ready }: { id?: string; rule: unknown; ready: boolean }) {
  const may = useMay("read_people");
  // It asks hundreds of profiles: not while somebody is still writing.
  const [settled] = useDebouncedValue(JSON.stringify(rule ?? null), SETTLES_MS);
  const asked = api.useQuery(
    "post",
    "/v1/segments/estimate",
    { body: { ...(id && { segment: id }), rule: JSON.parse(settled) as never } },
    { enabled: ready && may && settled === JSON.stringify(rule ?? null), placeholderData: (before) => before, staleTime: 30_000, retry: false },
  );
  if (!may) return null;
  const { data, error, isFetching } = asked;
  return (
    <Card withBorder component="section" aria-label="How many">
      <Group justify="space-between" mb={4}>
        <Title order={2}>How many</Title>
        {isFetching && <Loader size="xs" role="status" aria-label="Being estimated" />}
      </Group>
      {error ? (
        <Text size="sm">{told(error).message}</Text>
      ) : !data ? (
        <Text size="sm" c="dimmed">{ready ? "One moment…" : "As soon as the rule is complete."}</Text>
      ) : (
        <Stack gap="xs">
          <Text>
            <b>{data.low === data.high ? data.estimate.toLocaleString() : `about ${data.estimate.toLocaleString()}`}</b> of {data.known.toLocaleString()} people
            {data.low !== data.high && <>, between {data.low.toLocaleString()} and {data.high.toLocaleString()}</>}
          </Text>
          <Text size="xs" c="dimmed">
            {data.sampled < data.known ? `${data.matching.toLocaleString()} of ${data.sampled.toLocaleString()} who were asked fit. The range is right in 19 of 20 such estimates.` : "Everybody was asked."}
          </Text>
          {data.history.length > 1 && <LastDays history={data.history} />}
          {data.examples.length > 0 && (
            <>
              <Text size="sm" fw={600}>Some of them</Text>
              <List size="sm" listStyleType="none">
                {data.examples.map((one) => (
                  <List.Item key={one.profileId}>
                    <TextLink to="/people/$name" params={{ name: `id:${one.profileId}` }} className="selvedge-value">{calledBy(one.identifiers) ?? `${one.profileId.slice(0, 12)}…`}</TextLink>
                    <Text span size="xs" c="dimmed"> {one.lastSeen ? ago(one.lastSeen) : ""}</Text>
                  </List.Item>
                ))}
              </List>
            </>
          )}
        </Stack>
      )}
    </Card>
  );
}
