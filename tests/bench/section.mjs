// One section of a run: requests that were prepared, and what workerd used for them.

import { figures } from "./figures.mjs";
import { send } from "./load.mjs";
import { mustBeTaken } from "./outcome.mjs";

/**
 * @param {{ edge: import("../harness/edge.mjs").Edge, cpu: import("./cpu.mjs").Cpu, restMs: number }} measured
 * @param {{ cookie?: string, body: string }[]} requests
 * @param {number} atOnce
 * @param {number} events what every answer must say that it took
 */
export async function section({ edge, cpu, restMs }, requests, atOnce, events = 1) {
  const before = cpu.used();
  const sent = await send(edge.url, requests, atOnce);
  const answered = cpu.used();
  await cpu.rest(restMs); // what follows an answer is its cost, too
  const after = cpu.used();
  mustBeTaken(sent.answers, events);
  return figures(sent, { until: answered - before, all: after - before });
}
