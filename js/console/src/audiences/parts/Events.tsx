import { ActionIcon, Button, Group, NumberInput, Paper, Select, Stack, Text } from "@mantine/core";
import { Cross2Icon, PlusIcon } from "@radix-ui/react-icons";
import { useContext } from "react";
import { withField } from "../condition";
import { isJson, type Json } from "../tree";
import { World } from "../world";
import { JsonBlock } from "./JsonBlock";
import { NameInput } from "./NameInput";
import { Selector } from "./Selector";
import { SpanInput } from "./SpanInput";
import { Test } from "./Test";
import { When } from "./When";

interface Props {
  value: Json;
  change: (value: Json) => void;
}

const OFTEN = [
  { value: "least", label: "at least" },
  { value: "most", label: "at most" },
  { value: "exactly", label: "exactly" },
  { value: "between", label: "from … to" },
];

function HowOften({ count, change }: { count: unknown; change: (count: Json | undefined) => void }) {
  const said = isJson(count) ? count : { min: 1 };
  const [min, max] = [Number(said.min ?? 0), said.max === undefined || said.max === null ? undefined : Number(said.max)];
  const way = max === undefined ? "least" : min === max ? "exactly" : min === 0 ? "most" : "between";
  const put = (way: string, min: number, max: number) => {
    const becomes = { least: { min }, most: { max }, exactly: { min: max, max }, between: { min, max } }[way];
    change(way === "least" && min === 1 ? undefined : becomes);
  };
  const number = max ?? min;
  return (
    <Group gap="xs" role="group" aria-label="How often">
      <Select aria-label="How often" data={OFTEN} value={way} allowDeselect={false} w={120} onChange={(to) => to && put(to, to === "between" ? Math.max(1, Math.min(min, number - 1)) : number, to === "between" ? Math.max(2, number) : number)} />
      {way === "between" && <NumberInput aria-label="Least" min={0} allowDecimal={false} w={70} value={min} onChange={(value) => put(way, Number(value), number)} />}
      <NumberInput aria-label="Times" min={0} allowDecimal={false} w={80} value={number} onChange={(value) => put(way, way === "least" ? Number(value) : min, Number(value))} />
      <Text size="sm">times</Text>
    </Group>
  );
}

const TAKES = [
  { value: "sum", label: "the sum of" },
  { value: "average", label: "the average" },
  { value: "min", label: "the least" },
  { value: "max", label: "the greatest" },
  { value: "distinct", label: "how many different" },
  { value: "mostFrequent", label: "the most frequent" },
  { value: "first", label: "the first" },
  { value: "last", label: "the last" },
];

function Figure({ event, figure, change }: { event: string; figure: Json; change: (figure: Json | undefined) => void }) {
  const { catalogue } = useContext(World);
  return (
    <Group gap="xs" align="flex-end" role="group" aria-label="And what it comes to">
      <Text size="sm" pb={8}>and</Text>
      <Select aria-label="What is taken" data={TAKES} value={String(figure.take)} allowDeselect={false} w={180} onChange={(take) => take && change({ ...figure, take })} />
      <NameInput aria-label="Of which property" placeholder="Property" names={catalogue.properties(event).map(({ name }) => name)} value={String(figure.of)} w={160} change={(of) => change({ ...figure, of })} />
      <Test label="It" test={figure.is} change={(is) => change({ ...figure, is })} />
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Remove what it comes to" onClick={() => change(undefined)}><Cross2Icon /></ActionIcon>
    </Group>
  );
}

/** Somebody did something, so often, at that time. */
export function Performed({ value, change }: Props) {
  return (
    <Stack gap="xs">
      <Selector label="Event" selector={value} change={change} />
      <Group gap="xs">
        <HowOften count={value.count} change={(count) => change(withField(value, "count", count))} />
        <When within={value.within} change={(within) => change(withField(value, "within", within))} />
      </Group>
      {isJson(value.value) && <Figure event={String(value.event)} figure={value.value} change={(figure) => change(withField(value, "value", figure))} />}
      <Group gap={4}>
        {value.value === undefined && <Button variant="subtle" size="compact-sm" leftSection={<PlusIcon />} onClick={() => change({ ...value, value: { take: "sum", of: "", is: { $gte: 100 } } })}>what it comes to</Button>}
        {value.context === undefined && <Button variant="subtle" size="compact-sm" leftSection={<PlusIcon />} onClick={() => change({ ...value, context: { "": "" } })}>while …</Button>}
      </Group>
    </Stack>
  );
}

/** One event after the other. */
export function Sequence({ value, change }: Props) {
  if (!Array.isArray(value.steps) || !value.steps.every(isJson)) return <JsonBlock label="Sequence" value={value} change={(value) => change(value as Json)} />;
  const steps = value.steps as Json[];
  const put = (index: number, step: Json | undefined) => change({ ...value, steps: step ? steps.map((one, at) => (at === index ? step : one)) : steps.filter((_, at) => at !== index) });
  return (
    <Stack gap="xs">
      {steps.map((step, index) => (
        <Paper key={index} withBorder p="xs" role="group" aria-label={`Step ${index + 1}`}>
          <Stack gap="xs">
            <Group justify="space-between">
              <Text size="sm" fw={600}>{index === 0 ? "First" : "Then"}</Text>
              {steps.length > 1 && <ActionIcon variant="subtle" color="gray" aria-label={`Remove step ${index + 1}`} onClick={() => put(index, undefined)}><Cross2Icon /></ActionIcon>}
            </Group>
            <Selector label="Event" selector={step} change={(step) => put(index, step)} />
            {index > 0 && (
              <Group gap="xs">
                {isJson(step.within) ? (
                  <>
                    <Text size="sm">within</Text>
                    <SpanInput label="Within" span={step.within} change={(within) => put(index, { ...step, within })} />
                    <Button variant="subtle" size="compact-sm" onClick={() => put(index, withField(step, "within", undefined))}>however long</Button>
                  </>
                ) : (
                  <Button variant="subtle" size="compact-sm" leftSection={<PlusIcon />} onClick={() => put(index, { ...step, within: { hours: 1 } })}>within …</Button>
                )}
                {!isJson(step.without) && <Button variant="subtle" size="compact-sm" leftSection={<PlusIcon />} onClick={() => put(index, { ...step, without: { event: "" } })}>without … in between</Button>}
              </Group>
            )}
            {isJson(step.without) && (
              <Group gap="xs" align="flex-end">
                <Selector label="Without, in between" selector={step.without} change={(without) => put(index, { ...step, without })} />
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Remove what must not be in between" onClick={() => put(index, withField(step, "without", undefined))}><Cross2Icon /></ActionIcon>
              </Group>
            )}
          </Stack>
        </Paper>
      ))}
      <Group gap={4}>
        <Button variant="subtle" size="compact-sm" leftSection={<PlusIcon />} onClick={() => change({ ...value, steps: [...steps, { event: "", within: { hours: 1 } }] })}>then …</Button>
        {!isJson(value.thenNot) && <Button variant="subtle" size="compact-sm" leftSection={<PlusIcon />} onClick={() => change({ ...value, thenNot: { event: "", within: { minutes: 30 } } })}>and then not …</Button>}
        {!isJson(value.within) && <Button variant="subtle" size="compact-sm" leftSection={<PlusIcon />} onClick={() => change({ ...value, within: { days: 7 } })}>in the last …</Button>}
      </Group>
      {isJson(value.thenNot) && (
        <Paper withBorder p="xs" role="group" aria-label="And then not">
          <Stack gap="xs">
            <Selector label="And then not" selector={value.thenNot} change={(thenNot) => change({ ...value, thenNot })} />
            <Group gap="xs">
              <Text size="sm">for</Text>
              <SpanInput label="For" span={value.thenNot.within} change={(within) => change({ ...value, thenNot: { ...(value.thenNot as Json), within } })} />
              <Button variant="subtle" size="compact-sm" onClick={() => change(withField(value, "thenNot", undefined))}>Remove</Button>
            </Group>
          </Stack>
        </Paper>
      )}
      {isJson(value.within) && (
        <Group gap="xs">
          <Text size="sm">The last of these in the last</Text>
          <SpanInput label="In the last" span={value.within} change={(within) => change({ ...value, within })} />
          <Button variant="subtle" size="compact-sm" onClick={() => change(withField(value, "within", undefined))}>at any time</Button>
        </Group>
      )}
    </Stack>
  );
}

