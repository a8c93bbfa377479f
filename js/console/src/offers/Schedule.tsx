import { ActionIcon, Button, Checkbox, Fieldset, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { Cross2Icon, PlusIcon } from "@radix-ui/react-icons";
import { zones } from "../frame/zones";
import { kept, type Offer } from "./offer";

type Of = NonNullable<Offer["schedule"]>;
const DAYS = [["mon", "Mon"], ["tue", "Tue"], ["wed", "Wed"], ["thu", "Thu"], ["fri", "Fri"], ["sat", "Sat"], ["sun", "Sun"]] as const;
/** What a clock shows, as the browser's own control takes it. */
const isClock = (text?: string) => text === undefined || /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text);

/** When it runs. */
export function Schedule({ schedule = {}, error, change }: { schedule?: Of; error?: string; change: (schedule: Of | undefined, at?: string) => void }) {
  const put = (more: Partial<Of>, at?: string) => {
    const { start, end, zone } = { ...schedule, ...more };
    // A clock needs a place: without one it would be that of Greenwich.
    const here = (start || end) && !zone && !schedule.zone ? { zone: Intl.DateTimeFormat().resolvedOptions().timeZone } : {};
    change(kept({ ...schedule, ...here, ...more }), at);
  };
  const bound = (name: "start" | "end", label: string) => (
    <TextInput label={label} type={isClock(schedule[name]) ? "datetime-local" : "text"} value={schedule[name] ?? ""} onChange={(event) => put({ [name]: event.currentTarget.value || undefined }, name)} />
  );
  const hours = schedule.hours ?? [];
  const putHours = (index: number, one: (typeof hours)[number] | undefined) => put({ hours: one ? hours.map((other, at) => (at === index ? one : other)) : hours.filter((_, at) => at !== index) });
  return (
    <Fieldset legend="Schedule">
      <Stack>
        <Group align="flex-end">
          {bound("start", "From")}
          {bound("end", "Until")}
          <Select label="By the clock in" searchable clearable clearButtonProps={{ "aria-label": "UTC" }} placeholder="UTC" limit={50} data={zones()} value={schedule.zone ?? null} onChange={(zone) => change(kept({ ...schedule, zone: zone ?? undefined }))} />
        </Group>
        {error && <Text size="sm" c="var(--mantine-color-error)" role="alert">{error}</Text>}
        {hours.map((one, index) => (
          <Group key={index} role="group" aria-label={`Hours ${index + 1}`}>
            <Checkbox.Group aria-label="Days" value={one.days ?? []} onChange={(days) => putHours(index, { ...one, days: DAYS.map(([day]) => day).filter((day) => days.includes(day)) })}>
              <Group gap="xs">{DAYS.map(([value, label]) => <Checkbox key={value} value={value} label={label} />)}</Group>
            </Checkbox.Group>
            <TextInput aria-label="From" type="time" value={one.from ?? ""} onChange={(event) => putHours(index, { ...one, from: event.currentTarget.value || undefined })} />
            <TextInput aria-label="Until" type="time" value={one.to ?? ""} onChange={(event) => putHours(index, { ...one, to: event.currentTarget.value || undefined })} />
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Remove hours ${index + 1}`} onClick={() => putHours(index, undefined)}><Cross2Icon /></ActionIcon>
          </Group>
        ))}
        <Group>
          <Button variant="subtle" size="compact-sm" leftSection={<PlusIcon />} onClick={() => put({ hours: [...hours, { days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "18:00" }] })}>Only in some hours</Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}
