import { Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Schema } from "../api/client";
import { Time } from "../frame/Time";
import { Part } from "../frame/Part";
import { useMay } from "../session/session";
import { nameOf, reason, STATES } from "./names";
import { UnmergeDialog } from "./UnmergeDialog";

/** Who this is, and why: what is known, what was joined and parted, and what was refused. */
export function Identity({ person }: { person: Schema<"Profile"> }) {
  const mayPart = useMay("join_and_part");
  const [parting, setParting] = useState<Schema<"Merge">>();
  const name = `id:${person.profileId}`;
  const merges = [...person.merges].sort((one, other) => other.at.localeCompare(one.at));
  return (
    <Stack>
      <Part title="Identifiers">
        <Rows head={["Identifier", "State", "First seen", "Last seen", "Source"]}>
          {person.identifiers.map((id) => (
            <Table.Tr key={nameOf(id)}>
              <Table.Td className="selvedge-value"><Text size="xs" c="dimmed">{id.namespace}</Text>{id.value}</Table.Td>
              <Table.Td>
                <Badge variant="light" color={id.state === "active" ? "green" : "gray"}>{STATES[id.state]}</Badge>
                {id.shared && <Badge variant="light" color="orange" ml={4}>shared device</Badge>}
              </Table.Td>
              <Table.Td><Time at={id.firstSeen} /></Table.Td>
              <Table.Td><Time at={id.lastSeen} /></Table.Td>
              <Table.Td>{id.source}</Table.Td>
            </Table.Tr>
          ))}
        </Rows>
        <Text size="xs" c="dimmed" ff="monospace">Profile {person.profileId}</Text>
      </Part>
      <Part title="Joined">
        {merges.length === 0 ? <Nothing>Nobody has joined this person: all their identifiers were seen here first.</Nothing> : (
          <Stack>
            {merges.map((merge) => (
              <Group key={merge.messageId + merge.profileId} justify="space-between" align="flex-start">
                <Stack gap={2}>
                  <Text size="sm"><Time at={merge.at} />: somebody known since <Time at={merge.createdAt} /> joined</Text>
                  <Text size="sm" c="dimmed" className="selvedge-value">bringing {merge.identifiers.map(nameOf).join(", ") || "no identifier"}</Text>
                </Stack>
                {mayPart && <Button size="xs" variant="default" onClick={() => setParting(merge)}>Take apart…</Button>}
              </Group>
            ))}
          </Stack>
        )}
      </Part>
      {person.neverMerge.length > 0 && (
        <Part title="Parted for good">
          {person.neverMerge.map(({ left, right }, index) => (
            <Text key={index} size="sm" className="selvedge-value">{left.map(nameOf).join(", ")} and {right.map(nameOf).join(", ")} are never one, unless somebody merges them by hand.</Text>
          ))}
        </Part>
      )}
      <Part title="Refused links">
        {person.refusals.length === 0 ? <Nothing>None. Where a rule keeps two apart who might be one, it stands here with the reason.</Nothing> : (
          <Rows head={["Identifier", "Why it was not linked", "When"]}>
            {person.refusals.map((note) => <NoteRow key={nameOf(note) + note.messageId} note={note} />)}
          </Rows>
        )}
        {person.refusalsBeyond > 0 && <Nothing>And {person.refusalsBeyond} older ones.</Nothing>}
      </Part>
      {person.notIdentifiers.length > 0 && (
        <Part title="Values that name nobody">
          <Rows head={["Value", "Why", "When"]}>
            {person.notIdentifiers.map((note) => <NoteRow key={nameOf(note) + note.messageId} note={note} />)}
          </Rows>
        </Part>
      )}
      {person.lateConflicts.length > 0 && (
        <Part title="Late conflicts">
          <Nothing>An event came late that would have made others of these people, and too much is connected for that to be done by itself.</Nothing>
          <Rows head={["Identifier", "Why", "When"]}>
            {person.lateConflicts.map((note) => <NoteRow key={nameOf(note) + note.messageId} note={note} />)}
          </Rows>
        </Part>
      )}
      {person.claimed.length > 0 && (
        <Part title="Only claimed">
          <Nothing>A browser said this without proof. It is counted, and used for nothing until it is proven.</Nothing>
          <Rows head={["Identifier", "Events", "First claimed"]}>
            {person.claimed.map((claim) => (
              <Table.Tr key={nameOf(claim)}>
                <Table.Td className="selvedge-value"><Text size="xs" c="dimmed">{claim.namespace}</Text>{claim.value}</Table.Td>
                <Table.Td>{claim.events}</Table.Td>
                <Table.Td><Time at={claim.at} /></Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        </Part>
      )}
      {parting && <UnmergeDialog name={name} merge={parting} close={() => setParting(undefined)} />}
    </Stack>
  );
}

function NoteRow({ note }: { note: Schema<"Note"> }) {
  return (
    <Table.Tr>
      <Table.Td className="selvedge-value"><Text size="xs" c="dimmed">{note.namespace}</Text>{note.value}</Table.Td>
      <Table.Td>{note.reasons.map((code) => <Text key={code} size="sm">{reason(code)} <Text span size="xs" c="dimmed">{code}</Text></Text>)}</Table.Td>
      <Table.Td><Time at={note.at} /></Table.Td>
    </Table.Tr>
  );
}

function Rows({ head, children }: { head: string[]; children: ReactNode }) {
  return (
    <Table.ScrollContainer minWidth={600} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": head.join(", ") } }}>
      <Table>
        <Table.Thead><Table.Tr>{head.map((title) => <Table.Th key={title}>{title}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const Nothing = ({ children }: { children: ReactNode }) => <Text c="dimmed" size="sm">{children}</Text>;
