import { Text } from "@mantine/core";

/** With the zone. */
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** An instant in the viewer's zone. */
export function Time({ at }: { at: string | null | undefined }) {
  if (!at) return <Text span c="dimmed" inherit>never</Text>;
  const date = new Date(at);
  return <time dateTime={at} title={whole.format(date)}>{short.format(date)}</time>;
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const STEPS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]] as const;

/** How long ago it was. */
export function ago(at: string): string {
  const seconds = Math.round((new Date(at).getTime() - Date.now()) / 1000);
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.round(seconds / size), unit);
}
