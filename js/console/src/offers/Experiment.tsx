import { ActionIcon, Button, Card, Group, NumberInput, SegmentedControl, Stack, Switch, Text, TextInput } from "@mantine/core";
import { Cross2Icon, PlusIcon } from "@radix-ui/react-icons";
import { useCatalogue } from "../audiences/catalogue";
import { NameInput } from "../audiences/parts/NameInput";
import { SpanInput } from "../audiences/parts/SpanInput";
import { isJson, type Json } from "../audiences/tree";
import { ContentEditor } from "./ContentEditor";
import { kept, type Offer } from "./offer";

interface Props {
  offer: Offer;
  errors?: string;
  readOnly: boolean;
  change: (more: Partial<Offer>, at?: string) => void;
  /** Shows a variant in the preview. */
  look: (variant: string) => void;
}

/** Parts that come to 1 whatever their number. */
const equal = (count: number) => Array.from({ length: count }, (_, index) => (index === count - 1 ? round(1 - (count - 1) * round(1 / count)) : round(1 / count)));
const round = (share: number) => Math.round(share * 100) / 100;

/** What is tried out, on whom, and what for. */
export function Experiment({ offer, errors, readOnly, change, look }: Props) {
  const { events } = useCatalogue();
  const variants = offer.variants ?? [];
  const experiment = offer.experiment ?? {};
  const isBandit = experiment.kind === "bandit";
  const putVariants = (next: typeof variants) => change({ variants: next, ...(next.length === 0 && { experiment: undefined }) });
  const put = (more: Partial<typeof experiment>, at?: string) => change({ experiment: kept({ ...experiment, ...more }) }, at);
  const weighed = (list: typeof variants) => list.map((one, index) => ({ ...one, weight: equal(list.length)[index]! }));
  const bare = (list: typeof variants) => list.map(({ weight: _, ...one }) => one);
  const hasWeights = variants.some(({ weight }) => weight !== undefined);
  if (variants.length === 0) {
    return (
      <Stack align="flex-start">
        <Text>Everybody who gets this offer sees the same. With variants you find out what works better.</Text>
        <Button variant="default" leftSection={<PlusIcon />} onClick={() => change({ variants: [{ id: "as-it-is" }, { id: "other", content: offer.content }] })}>Try something out</Button>
      </Stack>
    );
  }
  const goal = isJson(experiment.goal) ? experiment.goal : undefined;
  const part = (label: string, description: string, value: number | undefined, set: (share: number | undefined) => void) => (
    <NumberInput label={label} description={description} suffix=" %" min={0} max={100} w={240} value={value === undefined ? "" : Math.round(value * 1000) / 10} onChange={(number) => set(typeof number === "number" ? number / 100 : undefined)} />
  );
  return (
    <Stack>
      {errors && <Text size="sm" c="var(--mantine-color-error)" role="alert">{errors}</Text>}
      <SegmentedControl
        aria-label="How variants are given out"
        data={[{ value: "split", label: "Fixed shares" }, { value: "bandit", label: "By success" }]}
        value={isBandit ? "bandit" : "split"}
        onChange={(kind) => change({ ...(kind === "bandit" && { variants: bare(variants) }), experiment: { ...experiment, kind, ...(kind === "bandit" && !goal && { goal: { event: "Order Completed", within: { days: 7 } } }) } })}
      />
      <Text size="sm" c="dimmed">{isBandit ? "Whatever works better is shown more and more often." : "Everybody keeps the variant that they had first."}</Text>
      {variants.map((one, index) => (
        <Card key={index} withBorder component="section" aria-label={`Variant ${one.id}`}>
          <Stack gap="xs">
            <Group align="flex-end">
              <TextInput label="Variant" value={one.id} onChange={(event) => putVariants(variants.map((other, at) => (at === index ? { ...one, id: event.currentTarget.value } : other)))} />
              {!isBandit && hasWeights && (
                <NumberInput label="Share" suffix=" %" min={0} max={100} w={110} value={Math.round((one.weight ?? 0) * 1000) / 10} onChange={(number) => putVariants(variants.map((other, at) => (at === index ? { ...one, weight: Number(number) / 100 } : other)))} />
              )}
              <Switch label="content of its own" checked={one.content !== undefined} onChange={(event) => putVariants(variants.map((other, at) => (at === index ? withContent(one, event.currentTarget.checked ? offer.content : undefined) : other)))} />
              <Button variant="subtle" size="compact-sm" onClick={() => look(one.id)}>Show in the preview</Button>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Remove variant ${one.id}`} onClick={() => putVariants(variants.length <= 2 ? [] : hasWeights ? weighed(variants.filter((_, at) => at !== index)) : variants.filter((_, at) => at !== index))}><Cross2Icon /></ActionIcon>
            </Group>
            {one.content && <ContentEditor label={`Content of ${one.id}`} content={one.content} readOnly={readOnly} change={(content) => putVariants(variants.map((other, at) => (at === index ? { ...one, content } : other)))} />}
          </Stack>
        </Card>
      ))}
      <Group>
        <Button variant="default" size="xs" leftSection={<PlusIcon />} disabled={variants.length >= 20} onClick={() => { const more = [...variants, { id: `variant-${variants.length + 1}`, content: offer.content }]; putVariants(hasWeights ? weighed(more) : more); }}>Variant</Button>
        {!isBandit && <Switch label="equal shares" checked={!hasWeights} onChange={(event) => putVariants(event.currentTarget.checked ? bare(variants) : weighed(variants))} />}
      </Group>
      <Group align="flex-end">
        <NameInput label="What it is for" description="The event that counts as a success" placeholder="Order Completed" names={events} value={String(goal?.event ?? "")} w={260} change={(event) => put({ goal: event ? ({ within: { days: 7 }, ...goal, event } as Json) : undefined })} />
        {goal && <SpanInput label="Within" span={goal.within ?? { days: 7 }} change={(within) => put({ goal: { ...goal, within } })} />}
      </Group>
      <Group align="flex-start">
        {part("Held out", "So many never see it, to compare with", experiment.holdout?.share, (share) => put({ holdout: share ? { ...experiment.holdout, share } : undefined }, "holdout"))}
        {part("In the experiment", "The others see the offer's own content", experiment.coverage ?? 1, (coverage) => put({ coverage: coverage === 1 ? undefined : coverage }, "coverage"))}
      </Group>
    </Stack>
  );
}

function withContent<T extends { content?: Json }>({ content: _, ...one }: T, content: Json | undefined) {
  return (content ? { ...one, content } : one) as T;
}
