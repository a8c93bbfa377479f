import { Group, NumberInput, Select, Stack } from "@mantine/core";
import { isSpan } from "../span";
import { isJson, type Json } from "../tree";
import { withField } from "../condition";
import { zones } from "../../frame/zones";
import { JsonBlock } from "./JsonBlock";
import { Selector } from "./Selector";
import { SpanInput } from "./SpanInput";

const WAYS = [
  { value: "ever", label: "at any time" },
  { value: "span", label: "in the last …" },
  { value: "day", label: "today" },
  { value: "week", label: "this week" },
  { value: "month", label: "this month" },
  { value: "quarter", label: "this quarter" },
  { value: "year", label: "this year" },
  { value: "since", label: "since the last …" },
];

/** When it was. */
export function When({ within, change }: { within: unknown; change: (within: Json | undefined) => void }) {
  if (within !== undefined && !isJson(within)) return <JsonBlock label="When" value={within} change={(value) => change(value as Json)} />;
  const way = within === undefined ? "ever" : isSpan(within) ? "span" : "since" in within ? "since" : String(within.calendar);
  const isCalendar = !["ever", "span", "since"].includes(way);
  if (!WAYS.some(({ value }) => value === way)) return <JsonBlock label="When" value={within} change={(value) => change(value as Json)} />;
  const become = (to: string) => {
    if (to === "ever") change(undefined);
    else if (to === "span") change({ days: 30 });
    else if (to === "since") change({ since: { event: "" } });
    else change({ ...(isCalendar ? within : {}), calendar: to });
  };
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Select aria-label="When" data={WAYS} value={way} allowDeselect={false} w={160} onChange={(to) => to && become(to)} />
        {way === "span" && <SpanInput label="In the last" span={within} change={change} />}
        {isCalendar && within && (
          <>
            <NumberInput aria-label="Whole ones before this one" suffix=" before" min={0} max={53} allowDecimal={false} w={110} value={Number(within.back ?? 0)} onChange={(back) => change(withField(within, "back", Number(back) || undefined))} />
            <Select aria-label="Time zone" searchable clearable placeholder="UTC" limit={50} data={zones()} value={typeof within.zone === "string" ? within.zone : null} w={190} onChange={(zone) => change(withField(within, "zone", zone ?? undefined))} />
          </>
        )}
      </Group>
      {way === "since" && within && <Selector label="Since the last" selector={within.since as Json} change={(since) => change({ ...within, since })} />}
    </Stack>
  );
}
