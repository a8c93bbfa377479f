import { Group, Progress, Stack, Text } from "@mantine/core";
import { counted } from "../frame/counted";

/** How the number moved over the last days. */
export function LastDays({ history }: { history: { day: string; members: number }[] }) {
  const days = history.slice(-7);
  const most = Math.max(1, ...days.map(({ members }) => members));
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>The last days <Text span size="xs" c="dimmed" fw={400}>from midnight to midnight, UTC</Text></Text>
      <Stack gap={4} role="list" aria-label="The last days">
        {days.map(({ day, members }) => (
          <Group key={day} gap="xs" wrap="nowrap" role="listitem">
            <Text size="xs" c="dimmed" w={52}>{new Date(day).toLocaleDateString(undefined, { day: "numeric", month: "short", timeZone: "UTC" })}</Text>
            <Progress value={(100 * members) / most} flex={1} size="sm" aria-label={counted(members, "person", "people")} />
            <Text size="xs" w={60} ta="right">{members.toLocaleString()}</Text>
          </Group>
        ))}
      </Stack>
    </Stack>
  );
}
