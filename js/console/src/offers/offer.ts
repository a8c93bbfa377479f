import type { Phase } from "../engine/engine";
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

/** How it stands, in words: as the engine says it. */
export const STATES: Record<Phase, State> = {
  planned: { label: "planned", color: "yellow" },
  running: { label: "running", color: "green" },
  resting: { label: "not at this hour", color: "blue" },
  over: { label: "over", color: "gray" },
};
