// From the runs of all clients to a table: medians, and beside each its ratio to ours.

import { median } from "../figures.mjs";
import { number, table, times } from "./markdown.mjs";
import { OURS } from "./peers.mjs";

/** What a row has that takes part in no comparison. */
const alone = ({ client, runs }, of) => number(median(runs.map((run) => of(run))));

/** The median, and that of the runs' own ratios to ours in the same run. */
function beside({ client, runs }, ours, of) {
  const value = alone({ runs }, of);
  const ratio = median(runs.map((run, n) => of(run) / of(ours.runs[n])));
  // A difference that is lost in the noise is no ratio.
  const comparable = client.name !== OURS && Number.isFinite(ratio) && ratio > 0;
  return comparable ? `${value} (${times(ratio)})` : value;
}

/**
 * @param {{ client: object, runs: object[] }[]} measured
 * @param {{ title: string, of: (run: object) => number, compared?: boolean }[]} columns
 */
export function compared(measured, columns) {
  const ours = measured.find(({ client }) => client.name === OURS);
  const row = (one) => [
    one.client.title,
    ...columns.map(({ of, compared = true }) => (compared ? beside(one, ours, of) : alone(one, of))),
  ];
  return table([["", ...columns.map(({ title }) => title)], ...measured.map(row)]);
}
