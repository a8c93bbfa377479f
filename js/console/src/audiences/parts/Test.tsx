import { Group, Select } from "@mantine/core";
import { asking, ASKED, rowOf, testOf, type Ask } from "../condition";
import { JsonBlock } from "./JsonBlock";
import { ValueInput } from "./ValueInput";

/** What is asked of one value. */
export function Test({ label, test, change }: { label: string; test: unknown; change: (test: unknown) => void }) {
  const row = rowOf(test);
  if (!row) return <JsonBlock label={label} value={test} change={change} />;
  return (
    <Group gap="xs" role="group" aria-label={label}>
      <Select aria-label={`${label}: what is asked`} data={ASKED} value={row.ask} allowDeselect={false} w={150} onChange={(ask) => ask && change(testOf(asking(row, ask as Ask)))} />
      <ValueInput label={`${label}: value`} row={row} values={[]} change={(operand) => change(testOf({ ...row, operand }))} />
    </Group>
  );
}
