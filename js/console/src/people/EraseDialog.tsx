import { Alert, Button, Card, Checkbox, Group, Modal, Stack, Table, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api, edge, type Schema } from "../api/client";
import { Problem } from "../frame/Problem";
import { Time } from "../frame/Time";
import { Waiting } from "../frame/Waiting";
import { DryRun } from "./DryRun";

/** Everything there is of a person goes. There is no way back, so it is asked twice. */
export function EraseDialog({ name, close }: { name: string; close: () => void }) {
  const [sure, setSure] = useState(false);
  const [suppress, setSuppress] = useState(false);
  const queries = useQueryClient();
  const asked = { path: { name } };
  const erase = api.useMutation("post", "/v1/profiles/{name}/erase");
  const look = useQuery({
    queryKey: ["erase", name],
    queryFn: () => answered(edge.POST("/v1/profiles/{name}/erase", { params: asked, body: { dryRun: true } })),
    // Once they are gone there is nobody to look at.
    enabled: erase.isIdle,
  });
  const receipt = erase.data && "receipt" in erase.data ? erase.data.receipt : undefined;
  const done = () => {
    close();
    if (receipt) void queries.invalidateQueries();
  };
  return (
    <Modal opened onClose={done} title={receipt ? "Erased" : "Erase this person"} size="xl">
      {receipt ? (
        <Stack>
          <ReceiptShown receipt={receipt} />
          <Group justify="flex-end"><Button onClick={done}>Close</Button></Group>
        </Stack>
      ) : (
        <Stack>
          <Alert color="red" variant="light" title="This can't be undone">
            <Text size="sm" c="var(--mantine-color-text)">Every identifier, every trait and every event goes, here and in the archive. Export first if somebody has asked for their data.</Text>
          </Alert>
          {look.error ? <Problem error={look.error} retry={look.refetch} /> : !look.data ? <Waiting /> : "before" in look.data && <DryRun run={look.data} />}
          <Checkbox
            label="Keep them out from now on"
            description="Whatever comes under one of these identifiers later is dropped. Without this, who comes again is somebody new."
            checked={suppress}
            onChange={(event) => setSuppress(event.currentTarget.checked)}
          />
          <Checkbox label="Erase this person for good" checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} />
          {erase.error && <Problem error={erase.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Keep them</Button>
            <Button color="red" disabled={!sure} loading={erase.isPending} onClick={() => erase.mutate({ params: asked, body: { suppress } })}>Erase</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

/** What an erasure leaves: to be given to whoever asked for it. */
export function ReceiptShown({ receipt }: { receipt: Schema<"Receipt"> }) {
  const file = `data:application/json,${encodeURIComponent(JSON.stringify(receipt, null, 2))}`;
  return (
    <Card withBorder component="section" aria-label="Receipt">
      <Table variant="vertical">
        <Table.Tbody>
          <Table.Tr><Table.Th>Receipt</Table.Th><Table.Td className="selvedge-value">{receipt.id}</Table.Td></Table.Tr>
          <Table.Tr><Table.Th>Asked for</Table.Th><Table.Td><Time at={receipt.requestedAt} /></Table.Td></Table.Tr>
          <Table.Tr><Table.Th>State</Table.Th><Table.Td>{receipt.status === "done" ? "Done" : receipt.archive?.status === "pending" ? "Under way: every identifier has to know it, and the archive to let go of it" : "Under way: every identifier has to know it"}</Table.Td></Table.Tr>
          <Table.Tr><Table.Th>Erased</Table.Th><Table.Td>{receipt.erasedAt ? <Time at={receipt.erasedAt} /> : "not yet"}</Table.Td></Table.Tr>
          <Table.Tr><Table.Th>Kept out from then on</Table.Th><Table.Td>{receipt.suppressed ? "Yes" : "No"}</Table.Td></Table.Tr>
          <Table.Tr><Table.Th>Identifiers</Table.Th><Table.Td>{receipt.identifiers ?? "not yet counted"}</Table.Td></Table.Tr>
          <Table.Tr><Table.Th>Events</Table.Th><Table.Td>{receipt.events ?? "not yet counted"}</Table.Td></Table.Tr>
          <Table.Tr><Table.Th>Lines of the archive</Table.Th><Table.Td>{receipt.archive ? receipt.archive.lines ?? "not yet counted" : "not reached"}</Table.Td></Table.Tr>
        </Table.Tbody>
      </Table>
      <Group mt="sm"><Button component="a" href={file} download={`receipt-${receipt.id}.json`} variant="default" size="xs">Save the receipt</Button></Group>
    </Card>
  );
}
