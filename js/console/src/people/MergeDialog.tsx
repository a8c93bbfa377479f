import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import { Problem } from "../frame/Problem";
import { DryRun } from "./DryRun";

/** Two are one: shown first, done when somebody says so. */
export function MergeDialog({ name, close }: { name: string; close: () => void }) {
  const [other, setOther] = useState("");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const look = api.useMutation("post", "/v1/profiles/{name}/merge");
  const merge = api.useMutation("post", "/v1/profiles/{name}/merge", {
    onSuccess: async (answer) => {
      await queries.invalidateQueries();
      close();
      notifications.show({ color: "green", title: "They are one person now", message: "What depends on other profiles may take a moment longer." });
      if ("profileId" in answer) await navigate({ to: "/people/$name", params: { name: `id:${answer.profileId}` } });
    },
  });
  const run = look.data && "before" in look.data ? look.data : undefined;
  const asked = { path: { name } };
  return (
    <Modal opened onClose={close} title="Merge with somebody" size="xl">
      <Stack>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            look.mutate({ params: asked, body: { with: other.trim(), dryRun: true } });
          }}
        >
          <Group align="flex-end">
            <TextInput
              label="The other one"
              description="An identifier with its namespace, as email:ada@example.com"
              required
              flex={1}
              data-autofocus
              value={other}
              onChange={(event) => {
                setOther(event.currentTarget.value);
                look.reset();
              }}
            />
            <Button type="submit" variant="default" loading={look.isPending}>Show what would be</Button>
          </Group>
        </form>
        {look.error && <Problem error={look.error} />}
        {run && (
          <>
            <DryRun run={run} />
            <Text size="sm" c="dimmed">Where both have something that a person has only once, the other's becomes an old name. You can take them apart again.</Text>
            {merge.error && <Problem error={merge.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>Leave them as they are</Button>
              <Button loading={merge.isPending} onClick={() => merge.mutate({ params: asked, body: { with: other.trim() } })}>Merge them</Button>
            </Group>
          </>
        )}
      </Stack>
    </Modal>
  );
}
