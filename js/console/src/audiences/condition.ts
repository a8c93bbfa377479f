// Conditions as rows: a name, what is asked, of what. What is asked in a way that no row has stays JSON.

import { isJson, type Json } from "./tree.ts";

/** What a row can ask, and what it asks it of. */
export const ASKS = {
  is: { label: "is", of: "one" },
  $ne: { label: "is not", of: "one" },
  $in: { label: "is one of", of: "many" },
  $nin: { label: "is none of", of: "many" },
  $contains: { label: "contains", of: "one" },
  $gte: { label: "is at least", of: "one" },
  $gt: { label: "is more than", of: "one" },
  $lte: { label: "is at most", of: "one" },
  $lt: { label: "is less than", of: "one" },
  there: { label: "is there", of: "nothing" },
  missing: { label: "is not there", of: "nothing" },
  $ini: { label: "is one of (any case)", of: "many" },
  $nini: { label: "is none of (any case)", of: "many" },
  $all: { label: "has all of", of: "many" },
  $regex: { label: "matches the pattern", of: "text" },
  $regexi: { label: "matches the pattern (any case)", of: "text" },
  $vgte: { label: "is version … or after", of: "text" },
  $vlt: { label: "is before version", of: "text" },
} as const;

export type Ask = keyof typeof ASKS;

/** The same, to choose from. */
export const ASKED = Object.entries(ASKS).map(([value, { label }]) => ({ value, label }));

export interface Row {
  ask: Ask;
  operand: unknown;
}

const isPlain = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);

function fits(ask: Ask, operand: unknown): boolean {
  switch (ASKS[ask].of) {
    case "nothing": return true;
    case "text": return typeof operand === "string";
    case "many": return Array.isArray(operand) && operand.every((one) => typeof one === "string");
    case "one": return isPlain(operand);
  }
}

/** A test as a row; none if it asks in another way. */
export function rowOf(test: unknown): Row | undefined {
  if (isPlain(test)) return { ask: "is", operand: test };
  if (!isJson(test)) return undefined;
  const [[name, operand] = [], ...others] = Object.entries(test);
  if (name === undefined || others.length > 0) return undefined;
  if (name === "$exists" && typeof operand === "boolean") return { ask: operand ? "there" : "missing", operand: undefined };
  const ask = name in ASKS && name.startsWith("$") ? (name as Ask) : undefined;
  return ask && fits(ask, operand) ? { ask, operand } : undefined;
}

/** The test of a row. */
export function testOf({ ask, operand }: Row): unknown {
  switch (ask) {
    case "is": return operand;
    case "there": return { $exists: true };
    case "missing": return { $exists: false };
    default: return { [ask]: operand };
  }
}

/** The same row, asking something else: what it is asked of stays, as far as it can. */
export function asking({ operand }: Row, ask: Ask): Row {
  const first = Array.isArray(operand) ? (operand[0] as unknown) ?? "" : operand ?? "";
  switch (ASKS[ask].of) {
    case "nothing": return { ask, operand: undefined };
    case "many": return { ask, operand: Array.isArray(operand) ? operand : first === "" ? [] : [String(first)] };
    case "text": return { ask, operand: String(first) };
    case "one": return { ask, operand: first };
  }
}

/** An object with another name, or something else, in one of its places; the others stay where they are. */
export function withEntry(object: Json, index: number, entry: [string, unknown] | undefined): Json {
  const entries = Object.entries(object);
  entries.splice(index, 1, ...(entry ? [entry] : []));
  return Object.fromEntries(entries);
}

/** An object with a field, or without it where there is nothing to say. */
export function withField(object: Json, name: string, value: unknown): Json {
  if (value !== undefined) return { ...object, [name]: value };
  const { [name]: _, ...rest } = object;
  return rest;
}
