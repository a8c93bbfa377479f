import { Button, Group, NumberInput, Select, Stack, Text } from "@mantine/core";
import { PlusIcon } from "@radix-ui/react-icons";
import { useContext } from "react";
import { CONTEXT } from "../catalogue";
import { withField } from "../condition";
import type { Json } from "../tree";
import { World } from "../world";
import { Condition } from "./Condition";
import { NameInput } from "./NameInput";
import { SpanInput } from "./SpanInput";
import { Test } from "./Test";

interface Props {
  value: Json;
  change: (value: Json) => void;
}

export function Traits({ value, change }: Props) {
  const { catalogue } = useContext(World);
  return <Condition label="The person" condition={value} names={catalogue.traits} add="and …" change={(condition) => change(condition ?? {})} />;
}

export function Context({ value, change }: Props) {
  return <Condition label="Right now" condition={value} names={CONTEXT.map((name) => ({ name }))} add="and …" change={(condition) => change(condition ?? {})} />;
}

const PARTS = [
  { name: "contains", add: "has something that …", fresh: { category: "" } },
  { name: "value", add: "is worth …", fresh: { $gte: 50 } },
  { name: "quantity", add: "has so many things", fresh: { $gte: 1 } },
  { name: "abandoned", add: "was left alone for …", fresh: { minutes: 30 } },
] as const;

/** What is in the cart. */
export function Cart({ value, change }: Props) {
  const { catalogue } = useContext(World);
  const put = (name: string) => (part: unknown) => change(withField(value, name, part));
  const remove = (name: string) => <Button variant="subtle" size="compact-sm" onClick={() => put(name)(undefined)}>Remove</Button>;
  return (
    <Stack gap="xs">
      {value.contains !== undefined && (
        <Stack gap={4}>
          <Text size="sm">The cart has something with</Text>
          <Condition label="Something in the cart" condition={value.contains} names={catalogue.properties("Product Added")} values={catalogue.values} add="and …" change={(contains) => change({ ...value, contains: contains ?? {} })} />
          <Group>{remove("contains")}</Group>
        </Stack>
      )}
      {value.value !== undefined && <Group gap="xs"><Text size="sm">Its value</Text><Test label="The cart's value" test={value.value} change={put("value")} />{remove("value")}</Group>}
      {value.quantity !== undefined && <Group gap="xs"><Text size="sm">The number of things in it</Text><Test label="The number of things in the cart" test={value.quantity} change={put("quantity")} />{remove("quantity")}</Group>}
      {value.abandoned !== undefined && <Group gap="xs"><Text size="sm">It was left alone for</Text><SpanInput label="Left alone for" span={value.abandoned} change={put("abandoned")} />{remove("abandoned")}</Group>}
      <Group gap={4}>
        {PARTS.filter(({ name }) => value[name] === undefined).map(({ name, add, fresh }) => (
          <Button key={name} variant="subtle" size="compact-sm" leftSection={<PlusIcon />} onClick={() => put(name)(fresh)}>{add}</Button>
        ))}
      </Group>
    </Stack>
  );
}

/** A number between two others, or among the greatest. */
export function Score({ value, change }: Props) {
  const { catalogue } = useContext(World);
  const bound = (name: "min" | "max", label: string) => (
    <NumberInput label={label} placeholder="none" w={120} value={typeof value[name] === "number" ? value[name] : ""} onChange={(number) => change(withField(value, name, typeof number === "number" ? number : undefined))} />
  );
  const isTop = value.top !== undefined;
  const numbers = catalogue.traits.filter(({ holds }) => holds === "number").map(({ name }) => name);
  return (
    <Group gap="xs" align="flex-end">
      <NameInput label="Number" names={numbers} value={String(value.of ?? "")} w={200} change={(of) => change({ ...value, of })} />
      <Select aria-label="How it compares" data={[{ value: "between", label: "lies between" }, { value: "top", label: "is among the top" }]} value={isTop ? "top" : "between"} allowDeselect={false} w={160} onChange={(to) => change(to === "top" ? { of: value.of, top: 0.1 } : { of: value.of, min: 0 })} />
      {isTop ? (
        <NumberInput label="Of all people" suffix=" %" min={0} max={100} w={120} value={Math.round(Number(value.top) * 1e8) / 1e6} onChange={(number) => typeof number === "number" && change({ ...value, top: number / 100 })} />
      ) : (
        <>
          {bound("min", "At least")}
          {bound("max", "At most")}
        </>
      )}
    </Group>
  );
}

/** Another segment, or an imported list. */
export function Named({ label, id, all, change }: { label: string; id: string; all: Record<string, string>; change: (id: string) => void }) {
  const data = Object.entries(all).map(([value, name]) => ({ value, label: name || value }));
  const known = id === "" || id in all ? data : [...data, { value: id, label: `${id} (not there)` }];
  return <Select label={label} placeholder={data.length > 0 ? "Choose one" : "There is none yet"} searchable data={known} value={id || null} maw={320} onChange={(to) => to && change(to)} />;
}
