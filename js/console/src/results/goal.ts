import type { Schema } from "../api/client";

const UNITS = ["days", "hours", "minutes", "seconds"];

/** What an experiment wants people to do, in words. */
export function goal({ goal }: Schema<"Experiment">): string {
  if (!goal) return "It has no goal.";
  const span = UNITS.flatMap((unit) => (goal.within[unit] ? [`${goal.within[unit]} ${goal.within[unit] === 1 ? unit.slice(0, -1) : unit}`] : []));
  const where = Object.keys(goal.where ?? {}).length > 0 ? " that meet its condition" : "";
  return `Goal: “${goal.event}”${where} within ${span.join(" ")}`;
}
