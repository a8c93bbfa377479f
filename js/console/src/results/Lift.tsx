import { Text } from "@mantine/core";
import type { Schema } from "../api/client";
import { part } from "./figures";

const signed = (value: number) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${part(Math.abs(value))}`;

/** By which part more it is, and between which bounds. */
export function Lift({ interval, none = "–" }: { interval: Schema<"Interval">; none?: string }) {
  if (!interval) return <Text span inherit c="dimmed">{none}</Text>;
  return <>{signed(interval.value)} <Text span size="sm" c="dimmed">({signed(interval.low)} to {signed(interval.high)})</Text></>;
}
