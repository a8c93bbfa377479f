// A rule as the tree that the builder shows, and back. Each leaf carries its rule as it is written, so nothing that the builder has no
// control for can be lost; `at` is where it stands in the file, as errors name it.

import type { RuleGroupType, RuleType } from "react-querybuilder";

export type Json = Record<string, unknown>;

/** What a condition is about: the name of its rule, or something that is only shown as JSON. */
export type Kind = "performed" | "sequence" | "traits" | "cart" | "score" | "context" | "audience" | "segment" | "other";

export const KINDS: Kind[] = ["performed", "sequence", "cart", "traits", "score", "segment", "audience", "context"];

export interface Leaf extends RuleType {
  field: Kind;
  operator: "is" | "not";
  /** The rule, as it is written. */
  value: unknown;
  at: string;
}

export interface Group extends RuleGroupType<Leaf> {
  /** The file has one rule and no list around it. */
  bare?: boolean;
  at: string;
}

export const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** The only name in an object, and what it holds. */
function only(value: unknown): [string, unknown] | undefined {
  if (!isJson(value)) return undefined;
  const entries = Object.entries(value);
  return entries.length === 1 ? entries[0] : undefined;
}

/** The list of rules that a group is, if it is one. */
function members(rule: unknown): [string, unknown[]] | undefined {
  const [name, list] = only(rule) ?? [];
  return (name === "all" || name === "any") && Array.isArray(list) ? [name, list] : undefined;
}

function groupOf(rule: unknown, id: string, at: string): Group | undefined {
  const [name, inner] = only(rule) ?? [];
  const denied = name === "not" && members(inner);
  const found = denied || members(rule);
  if (!found) return undefined;
  const [combinator, list] = found;
  const path = `${denied ? `${at}.not` : at}.${combinator}`;
  return { id, at, combinator, not: Boolean(denied), rules: list.map((one, index) => nodeOf(one, `${id}-${index}`, `${path}[${index}]`)) };
}

function kindOf(rule: unknown): Kind {
  const [name, inner] = only(rule) ?? [];
  const known = KINDS.find((kind) => kind === name) ?? "other";
  const isNamed = known === "audience" || known === "segment";
  return (isNamed ? typeof inner === "string" : isJson(inner)) ? known : "other";
}

function leafOf(rule: unknown, id: string, at: string): Leaf {
  const [name, inner] = only(rule) ?? [];
  // What is denied twice, or is no rule at all, is shown as it is written.
  const isDenied = name === "not" && kindOf(inner) !== "other";
  const value = isDenied ? inner : rule;
  return { id, at: isDenied ? `${at}.not` : at, field: kindOf(value), operator: isDenied ? "not" : "is", value };
}

const nodeOf = (rule: unknown, id: string, at: string): Leaf | Group => groupOf(rule, id, at) ?? leafOf(rule, id, at);

const isGroup = (node: Leaf | RuleGroupType<Leaf>): node is RuleGroupType<Leaf> => "rules" in node;

/** The tree of a rule. */
export function toTree(rule: unknown): Group {
  return groupOf(rule, "r", "rule") ?? { id: "r", at: "rule", combinator: "all", not: false, bare: true, rules: [leafOf(rule, "r-0", "rule")] };
}

/** The rule of a tree. */
export function toRule(tree: RuleGroupType<Leaf> & { bare?: boolean }): unknown {
  const [first, ...others] = tree.rules as (Leaf | RuleGroupType<Leaf>)[];
  if (tree.bare && first && others.length === 0 && !tree.not && !isGroup(first)) return ruleOf(first);
  return ruleOf(tree);
}

function ruleOf(node: Leaf | RuleGroupType<Leaf>): unknown {
  if (!isGroup(node)) return node.operator === "not" ? { not: node.value } : node.value;
  const list = { [node.combinator]: (node.rules as (Leaf | RuleGroupType<Leaf>)[]).map(ruleOf) };
  return node.not ? { not: list } : list;
}

/** What a new condition of a kind says. */
export function fresh(kind: Kind): unknown {
  switch (kind) {
    case "performed": return { performed: { event: "" , within: { days: 30 } } };
    case "sequence": return { sequence: { steps: [{ event: "" }, { event: "", within: { hours: 1 } }] } };
    case "traits": return { traits: {} };
    case "cart": return { cart: { contains: {} } };
    case "score": return { score: { of: "", min: 0 } };
    case "context": return { context: {} };
    case "audience": return { audience: "" };
    case "segment": return { segment: "" };
    case "other": return {};
  }
}
