import { Code, Text } from "@mantine/core";

/** A value of any kind, as somebody reads it who writes no JSON. */
export function Value({ of }: { of: unknown }) {
  if (of === null || of === undefined) return <Text span c="dimmed" inherit>nothing</Text>;
  if (typeof of === "string") return <Text span inherit className="selvedge-value">{of === "" ? "“”" : of}</Text>;
  if (typeof of === "boolean") return <Text span inherit>{of ? "yes" : "no"}</Text>;
  if (typeof of === "number") return <Text span inherit>{of}</Text>;
  return <Code block className="selvedge-wrap" tabIndex={0}>{JSON.stringify(of, null, 2)}</Code>;
}
