import { Autocomplete, Group, NumberInput, Select, TagsInput, TextInput } from "@mantine/core";
import { ASKS, type Row } from "../condition";

interface Props {
  row: Row;
  label: string;
  /** What such a value was before. */
  values: string[];
  change: (operand: unknown) => void;
}

const KINDS = [{ value: "string", label: "text" }, { value: "number", label: "number" }, { value: "boolean", label: "yes or no" }];

/** The same value as another kind: for the edge 5 and “5” are not the same. */
function as(kind: string, value: unknown): unknown {
  switch (kind) {
    case "number": return Number.isFinite(Number(value)) && value !== "" ? Number(value) : 0;
    case "boolean": return value === true || value === "true";
    default: return String(value);
  }
}

/** What a row asks of a value. */
export function ValueInput({ row, label, values, change }: Props) {
  const { ask, operand } = row;
  switch (ASKS[ask].of) {
    case "nothing": return null;
    case "many": return <TagsInput aria-label={label} data={values} value={operand as string[]} onChange={change} placeholder="Add one, then Enter" flex={1} miw={180} />;
    case "text": return <TextInput aria-label={label} value={operand as string} onChange={(event) => change(event.currentTarget.value)} flex={1} miw={140} />;
  }
  const kind = typeof operand;
  return (
    <Group gap="xs" flex={1} miw={190} wrap="nowrap">
      {kind === "number" ? (
        <NumberInput aria-label={label} value={operand as number} onChange={(value) => typeof value === "number" && change(value)} flex={1} />
      ) : kind === "boolean" ? (
        <Select aria-label={label} data={[{ value: "true", label: "yes" }, { value: "false", label: "no" }]} value={String(operand)} allowDeselect={false} onChange={(value) => change(value === "true")} flex={1} />
      ) : (
        <Autocomplete aria-label={label} data={values} value={operand as string} onChange={change} flex={1} />
      )}
      <Select aria-label={`${label}: what it is`} data={KINDS} value={kind} allowDeselect={false} w={96} onChange={(to) => to && change(as(to, operand))} />
    </Group>
  );
}
