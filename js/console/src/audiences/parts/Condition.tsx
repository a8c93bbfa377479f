import { ActionIcon, Button, Group, Select, Stack, Text } from "@mantine/core";
import { Cross2Icon, PlusIcon } from "@radix-ui/react-icons";
import { asking, ASKED, rowOf, testOf, withEntry, type Ask } from "../condition";
import { isJson, type Json } from "../tree";
import { JsonBlock } from "./JsonBlock";
import { NameInput } from "./NameInput";
import { ValueInput } from "./ValueInput";

interface Props {
  /** What it is about: stands in front of each row for whoever does not see it. */
  label: string;
  condition: unknown;
  names: { name: string; holds?: string }[];
  values?: (name: string) => string[];
  change: (condition: Json | undefined) => void;
  /** What a row more is called. */
  add: string;
}

/** A condition, row by row. All rows must hold. */
export function Condition({ label, condition, names, values = () => [], change, add }: Props) {
  if (condition !== undefined && !isJson(condition)) return <JsonBlock label={label} value={condition} change={(value) => change(value as Json)} />;
  const entries = Object.entries(condition ?? {});
  const put = (index: number, entry: [string, unknown] | undefined) => {
    const changed = withEntry(condition ?? {}, index, entry);
    change(Object.keys(changed).length > 0 ? changed : undefined);
  };
  const taken = (name: string) => entries.some(([other]) => other === name);
  return (
    <Stack gap="xs" role="group" aria-label={label}>
      {entries.map(([name, test], index) => {
        const row = name.startsWith("$") ? undefined : rowOf(test);
        const known = names.find((one) => one.name === name)?.holds;
        return (
          <Group key={index} gap="xs" align="flex-end">
            {!name.startsWith("$") && (
              <NameInput
                aria-label={`${label}: name`}
                placeholder="Choose or write a name"
                names={names.map((one) => one.name)}
                value={name}
                w={160}
                error={name === "" || undefined}
                // Two rows can't have one name: the second would take the place of the first.
                change={(to) => !taken(to) && put(index, [to, operandFor(names, to, test)])}
              />
            )}
            {row ? (
              <>
                <Select
                  aria-label={`${name || label}: what is asked`}
                  data={ASKED}
                  value={row.ask}
                  allowDeselect={false}
                  w={140}
                  onChange={(ask) => ask && put(index, [name, testOf(asking(row, ask as Ask))])}
                />
                <ValueInput label={`${name || label}: value`} row={row} values={values(name)} change={(operand) => put(index, [name, testOf({ ...row, operand })])} />
              </>
            ) : (
              <JsonBlock label={name} value={test} change={(test) => put(index, [name, test])} />
            )}
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Remove ${name || "the row"}`} onClick={() => put(index, undefined)}><Cross2Icon /></ActionIcon>
            {known === "list" && row?.ask === "is" && <Text size="xs" c="dimmed">This is a list: ask what it contains.</Text>}
          </Group>
        );
      })}
      <Group>
        <Button variant="subtle" size="compact-sm" leftSection={<PlusIcon />} disabled={taken("")} onClick={() => change({ ...(condition ?? {}), "": "" })}>{add}</Button>
      </Group>
    </Stack>
  );
}

/** What a row begins with, when it is known what such a value is. */
function operandFor(names: Props["names"], name: string, test: unknown): unknown {
  const holds = test === "" ? names.find((one) => one.name === name)?.holds : undefined;
  switch (holds) {
    case "number": return { $gte: 1 };
    case "flag": return true;
    case "list": return { $contains: "" };
    default: return test;
  }
}
