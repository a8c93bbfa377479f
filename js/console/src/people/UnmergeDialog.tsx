import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, api, edge, type Schema } from "../api/client";
import { Problem } from "../frame/Problem";
import { Waiting } from "../frame/Waiting";
import { DryRun } from "./DryRun";

/** One is two: shown first, done when somebody says so. */
export function UnmergeDialog({ name, merge, close }: { name: string; merge: Schema<"Merge">; close: () => void }) {
  const queries = useQueryClient();
  const asked = { path: { name } };
  const { messageId } = merge;
  const look = useQuery({
    queryKey: ["unmerge", name, messageId],
    queryFn: () => answered(edge.POST("/v1/profiles/{name}/unmerge", { params: asked, body: { messageId, dryRun: true } })),
    staleTime: 0,
  });
  const part = api.useMutation("post", "/v1/profiles/{name}/unmerge", {
    onSuccess: async () => {
      await queries.invalidateQueries();
      close();
      notifications.show({ color: "green", title: "They are two people now", message: "They stay apart, whatever they show, until somebody merges them by hand." });
    },
  });
  return (
    <Modal opened onClose={close} title="Take them apart" size="xl">
      <Stack>
        {look.isPending ? <Waiting /> : look.error ? <Problem error={look.error} retry={look.refetch} /> : "before" in look.data && (
          <>
            <DryRun run={look.data} />
            <Text size="sm" c="dimmed">Each event goes where its identifiers go. The two are never joined again by themselves.</Text>
            {part.error && <Problem error={part.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>Leave them as they are</Button>
              <Button loading={part.isPending} disabled={look.data.beyond !== null} onClick={() => part.mutate({ params: asked, body: { messageId } })}>Take them apart</Button>
            </Group>
          </>
        )}
      </Stack>
    </Modal>
  );
}
