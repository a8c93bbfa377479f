// How the figures are shown.

import { median, over } from "./figures.mjs";

export const number = (value) => (Number.isFinite(value) ? value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0) : "n/a");

/** `baseline → ours  ratio×` */
function cell(runs, figure) {
  const { baseline, ours, ratio } = over(runs, figure);
  const times = Number.isFinite(ratio) ? `${ratio.toFixed(ratio < 1 ? 2 : 1)}×` : "n/a";
  return `${number(baseline).padStart(4)} → ${number(ours)}`.padEnd(12) + times.padStart(6);
}

/** All runs of one scenario and concurrency, for each of these. */
const rows = (runs) => runs[0].map(({ scenario, atOnce }, n) => ({ scenario, atOnce, all: runs.map((run) => run[n]) }));

/** @param {object[][]} runs */
export function table(runs) {
  const head = ["baseline → ours, ratio", "at once", "p50, ms", "p99, ms", "CPU, ms/request", "requests/s", "aim"];
  const cells = rows(runs).map(({ scenario, atOnce, all }) => [
    scenario.name,
    String(atOnce),
    ...["p50", "p99", "cpu", "rate"].map((figure) => cell(all, figure)),
    scenario.aim ? `≤ ${scenario.aim}×` : "",
  ]);
  return aligned([head, ...cells]);
}

/** Rows of text in columns, a rule below the first row. */
export function aligned([head, ...cells]) {
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map((row) => row[column].length)));
  const line = (row) => row.map((text, column) => text.padEnd(widths[column])).join("  ").trimEnd();
  return [line(head), widths.map((width) => "─".repeat(width)).join("  "), ...cells.map(line)].join("\n");
}

/** How soon merged profiles are whole. */
function lateness({ atOnce, late }) {
  const later = late.filter((ms) => ms > 0);
  const rest = later.length > 0 ? `; the others ${number(median(later))} ms later, at most ${number(Math.max(...later))}` : "";
  return `  ${atOnce} at once: ${late.length - later.length} of ${late.length} profiles showed all events at the first look${rest}`;
}

/** What one must know to read the table. */
export function notes({ runs, watched, about, counts, quick }) {
  const sizes = Object.entries(counts).map(
    ([atOnce, { baseline, event, login, merge }]) =>
      `  ${atOnce} at once: ${baseline} of the baseline, ${event} events, ${login} first logins, ${merge} second devices`,
  );
  const until = rows(runs).map(({ all }) => number(over(all, "cpuUntil").ours));
  return [
    `Medians of ${runs.length} interleaved run(s); a ratio is the median of the runs' own ratios.`,
    "The baseline is one SQLite insert in a Durable Object: tests/bench/baseline/worker.mjs.",
    "Requests of a run (below 100, p99 is the slowest one):",
    ...sizes,
    `CPU is workerd's, with what follows the answer (outbox, Queue, archive); ours until the last answer: ${until.join(", ")}.`,
    "Second device, after the answer:",
    ...watched.map(lateness),
    `Machine: ${about}.`,
    quick
      ? "A quick run only shows that it works: one short run says nothing about speed, and CPU lacks what follows."
      : "Absolute times are noisy: client, both workerds and whatever else runs share the cores. Compare ratios.",
  ].join("\n");
}
