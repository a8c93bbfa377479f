import { Paper, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** Where nothing is yet: what will be here, and what brings it. */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper withBorder p="lg" ta="center">
      <Stack gap={6} align="center">
        <Text fw={600}>{title}</Text>
        <Text c="dimmed" size="sm" maw={520} component="div">{children}</Text>
      </Stack>
    </Paper>
  );
}
