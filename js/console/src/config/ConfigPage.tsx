import { Accordion, Badge, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answered, api, edge, type Schema } from "../api/client";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { Older } from "../frame/Older";
import { Problem } from "../frame/Problem";
import { Time } from "../frame/Time";
import { Waiting } from "../frame/Waiting";
import { useMay } from "../session/session";
import { Changes } from "./Changes";

/** What was published, by whom, what it changed, and the way back. */
export function ConfigPage() {
  const mayPublish = useMay("publish");
  const [opened, setOpened] = useState<string | null>(null);
  const [back, setBack] = useState<Schema<"Version">>();
  const pages = useInfiniteQuery({
    queryKey: ["versions"],
    queryFn: ({ pageParam }) => answered(edge.GET("/v1/config/versions", { params: { query: { limit: 30, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const versions = pages.data?.pages.flatMap((page) => page.versions) ?? [];
  const [current] = versions;
  return (
    <>
      <Heading title="Config" about="Everything that was ever published stays here. Going back publishes the old files as a new version: nothing is lost.">
        <Button component={Link} to="/config/edit" variant={mayPublish ? "filled" : "default"}>{mayPublish ? "Edit" : "Look at the files"}</Button>
      </Heading>
      {pages.isPending ? <Waiting /> : pages.error ? <Problem error={pages.error} retry={pages.refetch} /> : !current ? (
        <Empty title="Nothing is published yet">
          A config says where events come from, who is who, and what is shown to whom. Begin with a source under “Edit”, or publish a folder of
          files: <code>cargo xtask publish examples/shop/config</code>
        </Empty>
      ) : (
        <Stack>
          <Accordion variant="separated" chevronPosition="left" value={opened} onChange={setOpened}>
            {versions.map((version) => (
              <Accordion.Item key={version.version} value={String(version.version)}>
                <Group wrap="nowrap" gap={0} pr="sm">
                  <Accordion.Control>
                    <Group gap="xs">
                      <Text fw={600}>Version {version.version}</Text>
                      {version === current && <Badge color="green" variant="light">published</Badge>}
                      {version.restored !== null && <Badge variant="light" color="gray">back to {version.restored}</Badge>}
                    </Group>
                    <Text size="sm" c="dimmed"><Time at={version.publishedAt} /> by {version.by ?? "somebody"}{filesOf(version)}</Text>
                  </Accordion.Control>
                  {mayPublish && version !== current && (
                    <Button size="xs" variant="default" style={{ flexShrink: 0 }} onClick={() => setBack(version)} aria-label={`Go back to version ${version.version}`}>Go back</Button>
                  )}
                </Group>
                <Accordion.Panel>{opened === String(version.version) && <ChangesOf version={version.version} />}</Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
          <Older pages={pages} />
        </Stack>
      )}
      {back && current && <BackDialog to={back.version} from={current.version} close={() => setBack(undefined)} />}
    </>
  );
}

function filesOf({ files }: Schema<"Version">): string {
  if (!files || files.length === 0) return "";
  const [first, ...others] = files;
  return others.length === 0 ? `: ${first!.file}` : `: ${first!.file} and ${others.length} more`;
}

function ChangesOf({ version, since }: { version: number; since?: number }) {
  const changes = api.useQuery("get", "/v1/config/versions/{version}/changes", { params: { path: { version }, query: { since } } });
  if (changes.isPending) return <Waiting />;
  if (changes.error) return <Problem error={changes.error} retry={changes.refetch} />;
  return <Changes changes={changes.data.changes} />;
}

/** What going back changes is shown; one click does it. */
function BackDialog({ to, from, close }: { to: number; from: number; close: () => void }) {
  const queries = useQueryClient();
  const restore = api.useMutation("post", "/v1/config/versions/{version}/restore", {
    onSuccess: async (answer) => {
      await queries.invalidateQueries();
      close();
      notifications.show({ color: "green", title: `Version ${to} is back`, message: "version" in answer ? `It is published as version ${answer.version}.` : "" });
    },
    // Somebody else was first: show what there is now.
    onError: () => queries.invalidateQueries({ queryKey: ["versions"] }),
  });
  return (
    <Modal opened onClose={close} title={`Go back to version ${to}`} size="xl">
      <Stack>
        <Text size="sm">From version {from} this changes:</Text>
        <ChangesOf version={to} since={from} />
        {restore.error && <Problem error={restore.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Stay</Button>
          <Button loading={restore.isPending} onClick={() => restore.mutate({ params: { path: { version: to } }, body: { base: from } })}>Go back to version {to}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
