// All ways to lose an event, tried with all clients.

import { atATime } from "../at-a-time.mjs";
import { table } from "../markdown.mjs";
import { SCENARIOS } from "./scenarios.mjs";

/**
 * A sink beside the browser would answer before a page is gone, and nothing would ever be lost. The site itself answers at
 * once, as one does whose pages are at the edge or were fetched ahead.
 */
const ROUND_TRIP_MS = 100;

/** `17`, and how many of these came again: `17 (3 double, 2 repeated)`. */
function cell({ delivered, double, repeated }) {
  const again = [double && `${double} double`, repeated && `${repeated} repeated`].filter(Boolean).join(", ");
  return again ? `${delivered} (${again})` : String(delivered);
}

export async function losses(bench, clients) {
  for (const { sink } of clients) sink.roundTripMs = ROUND_TRIP_MS;
  const cells = new Map(clients.map(({ name }) => [name, []]));
  const scenarios = SCENARIOS.filter(({ letter }) => bench.extent.trouble.includes(letter));
  for (const { letter, tries, clients: together } of scenarios) {
    await atATime(bench.extent.quick ? clients.length : together, clients.map((client) => async () => {
      const became = cell(await tries(bench, client));
      console.error(`loss (${letter}), ${client.title}: ${became}`);
      cells.get(client.name).push(became);
    }));
  }
  for (const { sink } of clients) sink.roundTripMs = 0;
  const rows = clients.map(({ name, title }) => [title, ...cells.get(name)]);
  const legend = scenarios.map(({ letter, title }) => `(${letter}) ${title}`).join("; ");
  return [
    table([["delivered", ...scenarios.map(({ letter }) => `(${letter})`)], ...rows]),
    `${legend}. The server is ${ROUND_TRIP_MS} ms away.`,
    "Repeated: came again with the same id, by which the server can know it; Selvedge's edge drops it. Double: came again as another event.",
  ].join("\n\n");
}
