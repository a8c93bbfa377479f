import { Alert, Button, Card, Group, Modal, Radio, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "../api/client";
import { Problem } from "../frame/Problem";
import { Time } from "../frame/Time";
import { Value } from "../frame/Value";
import { Changes } from "./Changes";
import { put, type Files } from "./draft";

interface Props {
  conflict: Schema<"ConfigChanged">;
  /** Why the two could not be joined just now. */
  problem: unknown;
  take: (files: Files) => void;
  close: () => void;
}

/** Somebody else published first. What only one of the two changed is joined; of what both changed, somebody has to say. */
export function ConflictDialog({ conflict, problem, take, close }: Props) {
  const { current, conflicts, theirs } = conflict;
  const [kept, setKept] = useState<Record<number, string>>({});
  const open = conflicts.filter((_, index) => !kept[index]).length;
  const join = () => take(conflicts.reduce((files, one, index) => (kept[index] === "theirs" ? put(files, one, one.theirs) : files), conflict.files));
  return (
    <Modal opened onClose={close} title="Somebody else published first" size="xl">
      <Stack>
        <Alert variant="light" color="orange" title={`Version ${current.version}, by ${current.by ?? "somebody"}`}>
          <Text size="sm" c="var(--mantine-color-text)"><Time at={current.publishedAt} />. Nothing of yours is lost, and nothing of it is published yet.</Text>
        </Alert>
        <Title order={3}>What they changed</Title>
        <Changes changes={theirs} />
        <Title order={3}>{conflicts.length === 0 ? "Your changes and theirs fit together" : "What you both changed"}</Title>
        {conflicts.map((one, index) => (
          <Card withBorder padding="sm" key={index}>
            <Radio.Group
              label={[one.file, one.path].filter(Boolean).join(": ")}
              description={<>It was: <Value of={one.before} /></>}
              value={kept[index] ?? ""}
              onChange={(value) => setKept({ ...kept, [index]: value })}
            >
              <Stack gap="xs" mt="xs">
                <Radio value="mine" label={<>Yours: <Value of={one.mine} /></>} />
                <Radio value="theirs" label={<>Theirs: <Value of={one.theirs} /></>} />
              </Stack>
            </Radio.Group>
          </Card>
        ))}
        {problem !== null && <Problem error={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Back to my text</Button>
          <Button disabled={open > 0} onClick={join}>{open > 0 ? `Choose ${open} more` : "Join the two"}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
