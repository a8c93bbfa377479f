import { Progress, Stack, Text } from "@mantine/core";
import { api, type Schema } from "../api/client";
import { Problem } from "../frame/Problem";

/** How often it is asked for anew: what is given out is reported in portions. */
const EVERY_MS = 10_000;

type Used = NonNullable<Schema<"CapUsed">>;

/** How far the published caps for everybody are used. */
export function CapUsed({ offer }: { offer: string }) {
  const used = api.useQuery("get", "/v1/caps/{offer}", { params: { path: { offer } } }, { refetchInterval: EVERY_MS });
  if (used.error) return <Problem error={used.error} title="How far the caps are used is not known" retry={used.refetch} />;
  if (!used.data) return null;
  const { day, campaign } = used.data;
  return (
    <Stack gap="sm" role="group" aria-label="Given out so far">
      {day && <Bar label="Everybody, today" used={day} />}
      {campaign && <Bar label="Everybody, ever" used={campaign} />}
    </Stack>
  );
}

function Bar({ label, used: { cap, spent, out, writtenOff, overshoot } }: { label: string; used: Used }) {
  const open = out + writtenOff;
  const part = (count: number) => Math.min(100, (100 * count) / cap);
  return (
    <div>
      <Text size="sm">
        {label}: {spent.toLocaleString()} of {cap.toLocaleString()} given out{open > 0 && `, and up to ${open.toLocaleString()} more that are not reported yet`}
      </Text>
      <Progress.Root size="sm" my={4}>
        <Progress.Section value={part(spent)} aria-label={`${label}: given out`} />
        <Progress.Section value={Math.min(100 - part(spent), part(open))} color="gray" aria-label={`${label}: not reported yet`} />
      </Progress.Root>
      <Text size="xs" c="dimmed">It is passed by {overshoot.toLocaleString()} at most, and only where servers fail.</Text>
    </div>
  );
}
