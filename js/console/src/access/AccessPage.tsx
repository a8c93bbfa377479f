import { Alert, Badge, Button, Code, CopyButton, Group, Modal, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schema } from "../api/client";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { Problem } from "../frame/Problem";
import { Time } from "../frame/Time";
import { Waiting } from "../frame/Waiting";

const ROLES = [
  { value: "viewer", label: "Viewer: looks" },
  { value: "editor", label: "Editor: publishes, joins and parts people" },
  { value: "admin", label: "Admin: everything, with erasing people and making keys" },
];

/** Who may come in. */
export function AccessPage() {
  const keys = api.useQuery("get", "/v1/keys");
  const [making, make] = useDisclosure();
  const [revoking, setRevoking] = useState<Schema<"Key">>();
  return (
    <>
      <Heading title="Access" about="Everybody has a key of their own, for the console and for programs. One that is taken back is good for nothing within seconds.">
        <Button onClick={make.open}>New key</Button>
      </Heading>
      {keys.isPending ? <Waiting /> : keys.error ? <Problem error={keys.error} retry={keys.refetch} /> : keys.data.keys.length === 0 ? (
        <Empty title="Only the deployment's own key is there">
          Make a key for each person and each program, with no more rights than they need; then the deployment's own can stay in its safe.
        </Empty>
      ) : (
        <Table.ScrollContainer minWidth={680} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Keys" } }}>
          <Table>
            <Table.Thead>
              <Table.Tr><Table.Th>Name</Table.Th><Table.Th>Role</Table.Th><Table.Th>Made</Table.Th><Table.Th>Last used</Table.Th><Table.Th>State</Table.Th></Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {keys.data.keys.map((key) => (
                <Table.Tr key={key.id}>
                  <Table.Td className="selvedge-value">{key.name}</Table.Td>
                  <Table.Td>{key.role}</Table.Td>
                  <Table.Td><Time at={key.createdAt} /><Text size="xs" c="dimmed">by {key.createdBy}</Text></Table.Td>
                  <Table.Td><Time at={key.lastUsedAt} /></Table.Td>
                  <Table.Td>
                    {key.revokedAt ? <Badge color="gray" variant="light">taken back</Badge> : (
                      <Button size="xs" variant="default" onClick={() => setRevoking(key)} aria-label={`Take back the key of ${key.name}`}>Take back…</Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {making && <MakeDialog close={make.close} />}
      {revoking && <RevokeDialog of={revoking} close={() => setRevoking(undefined)} />}
    </>
  );
}

function MakeDialog({ close }: { close: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Schema<"Role">>("viewer");
  const queries = useQueryClient();
  const make = api.useMutation("post", "/v1/keys", { onSuccess: () => queries.invalidateQueries({ queryKey: api.queryOptions("get", "/v1/keys").queryKey }) });
  if (make.data) {
    return (
      <Modal opened onClose={close} title={`The key of ${make.data.made.name}`} closeOnClickOutside={false} closeOnEscape={false}>
        <Stack>
          <Alert variant="light" color="orange" title="Copy it now">It is shown this once. Only its hash is kept.</Alert>
          <Code block className="selvedge-wrap" aria-label="Key" tabIndex={0}>{make.data.key}</Code>
          <Group justify="flex-end">
            <CopyButton value={make.data.key}>{({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
            <Button onClick={close}>I have it</Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <Modal opened onClose={close} title="New key">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate({ body: { name, role } });
        }}
      >
        <Stack>
          <TextInput label="Name" description="Whose it is: a person, or a program" required data-autofocus maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Select label="Role" data={ROLES} value={role} allowDeselect={false} onChange={(value) => setRole(value as Schema<"Role">)} />
          {make.error && <Problem error={make.error} />}
          <Group justify="flex-end"><Button type="submit" loading={make.isPending}>Make the key</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}

function RevokeDialog({ of, close }: { of: Schema<"Key">; close: () => void }) {
  const queries = useQueryClient();
  const revoke = api.useMutation("delete", "/v1/keys/{id}", {
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: api.queryOptions("get", "/v1/keys").queryKey });
      close();
      notifications.show({ color: "green", title: "Taken back", message: `The key of ${of.name} is good for nothing any more.` });
    },
  });
  return (
    <Modal opened onClose={close} title={`Take back the key of ${of.name}`}>
      <Stack>
        <Text size="sm">Whoever has it is signed out at once, and programs with it are refused. It can't be given back; make a new one instead.</Text>
        {revoke.error && <Problem error={revoke.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Keep it</Button>
          <Button color="red" loading={revoke.isPending} onClick={() => revoke.mutate({ params: { path: { id: of.id } } })}>Take it back</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
