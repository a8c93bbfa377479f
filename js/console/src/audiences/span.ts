// Stretches of time as a number and a unit.

import { isJson, type Json } from "./tree";

export const UNITS = ["minutes", "hours", "days", "seconds"] as const;
export type Unit = (typeof UNITS)[number];

/** A span that one number and one unit say; none if it takes more. */
export function plain(span: unknown): { number: number; unit: Unit } | undefined {
  if (!isJson(span)) return undefined;
  const [[unit, number] = [], ...others] = Object.entries(span);
  const known = UNITS.find((one) => one === unit);
  return known && others.length === 0 && typeof number === "number" ? { number, unit: known } : undefined;
}

/** What stands in a window beside its span. */
export const isSpan = (window: Json) => Object.keys(window).every((name) => UNITS.some((unit) => unit === name));
