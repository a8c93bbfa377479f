import type { Json } from "../audiences/tree";

/** An offer as its file says it; what is not named here is kept as it is. */
export interface Offer extends Json {
  id: string;
  name?: string;
  placement?: string | string[];
  audience?: string;
  priority?: number;
  schedule?: { start?: string; end?: string; zone?: string; hours?: { days?: string[]; from?: string; to?: string }[] };
  caps?: { person?: Record<string, number>; all?: Record<string, number> };
  exclusive?: string;
  content?: Json;
  fallback?: Json;
  variants?: { id: string; content?: Json; weight?: number }[];
  experiment?: Json & { kind?: string; coverage?: number; holdout?: { share: number; id?: string }; goal?: Json };
}

export const placementsOf = ({ placement }: Offer): string[] => (Array.isArray(placement) ? placement : placement ? [placement] : []);

/** An object without what says nothing; none if that is all. */
export function kept<T extends object>(object: T): T | undefined {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0));
  return entries.length > 0 ? (Object.fromEntries(entries) as T) : undefined;
}

/** What people call a place in an offer's file. */
export function called(path: string): string {
  const [first = ""] = path.split(/[.[]/);
  return { audience: "Who sees it", placement: "Placement", schedule: "Schedule", priority: "Order", content: "Content", fallback: "Fallback", caps: "At most so often", variants: "Variants", experiment: "Variants" }[first] ?? path;
}

export type State = { label: string; color: string };

/** Whether it runs, by its own clock's start and end. The edge has the last word. */
export function stateOf({ schedule }: Offer, now = Date.now()): State {
  const at = (text?: string) => (text === undefined ? undefined : Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`));
  const [start, end] = [at(schedule?.start), at(schedule?.end)];
  if (end !== undefined && end <= now) return { label: "over", color: "gray" };
  if (start !== undefined && start > now) return { label: "planned", color: "yellow" };
  return { label: "running", color: "green" };
}
