import { Alert, Button, Group, Text } from "@mantine/core";
import { ExclamationTriangleIcon } from "@radix-ui/react-icons";
import { told } from "../api/client";

/** What went wrong, and what to do. */
export function Problem({ error, title = "That did not work", retry }: { error: unknown; title?: string; retry?: () => unknown }) {
  const { code, message } = told(error);
  return (
    <Alert color="red" variant="light" title={title} icon={<ExclamationTriangleIcon />} role="alert">
      <Text c="var(--mantine-color-text)" size="sm">{message}</Text>
      <Group mt="xs" justify="space-between">
        <Text size="xs" c="dimmed">{code}</Text>
        {retry && <Button size="xs" variant="default" onClick={() => retry()}>Try again</Button>}
      </Group>
    </Alert>
  );
}
