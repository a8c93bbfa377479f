import { Group, NumberInput, Select } from "@mantine/core";
import { plain, UNITS, type Unit } from "../span";
import { JsonBlock } from "./JsonBlock";

/** How long. */
export function SpanInput({ label, span, change }: { label: string; span: unknown; change: (span: Record<string, number>) => void }) {
  const known = plain(span);
  if (!known) return <JsonBlock label={label} value={span} change={(value) => change(value as Record<string, number>)} />;
  const { number, unit } = known;
  return (
    <Group gap="xs" wrap="nowrap" role="group" aria-label={label}>
      <NumberInput aria-label={`${label}: how many`} value={number} min={1} allowDecimal={false} w={80} onChange={(value) => typeof value === "number" && change({ [unit]: value })} />
      <Select aria-label={`${label}: unit`} data={[...UNITS]} value={unit} allowDeselect={false} w={110} onChange={(to) => to && change({ [to as Unit]: number })} />
    </Group>
  );
}
