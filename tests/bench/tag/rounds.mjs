// The runs of a measure: all clients in turn, and that several times, so that what else the machine does hits all alike.

import { atATime } from "./at-a-time.mjs";
import { number } from "./markdown.mjs";

/** For whoever waits: a whole run takes its time. */
const figures = (run) => Object.entries(run).map(([figure, value]) => `${figure} ${number(value)}`).join(", ");

/**
 * @param {object} bench
 * @param {string} name of the measure
 * @param {object[]} clients
 * @param {(bench: object, client: object) => Promise<object>} measure
 * @returns {Promise<{ client: object, runs: object[] }[]>}
 */
export async function rounds(bench, name, clients, measure) {
  const measured = clients.map((client) => ({ client, runs: [] }));
  for (let run = 1; run <= bench.extent.runs[name]; run += 1) {
    const works = measured.map(({ client, runs }) => async () => {
      runs.push(await measure(bench, client));
      console.error(`${name}, run ${run} of ${bench.extent.runs[name]}, ${client.title}: ${figures(runs.at(-1))}`);
    });
    await atATime(bench.extent.atOnce[name], works);
  }
  return measured;
}
