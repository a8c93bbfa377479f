// What identity costs: the edge's requests as ratios to the least that a Worker with a Durable Object can do
// (baseline/worker.mjs), in turn, each in a workerd of its own under the same configuration.
//
// Usage: node identity.mjs [--quick]. It fails if a request fails, never on the figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { Edge } from "../harness/edge.mjs";
import { script } from "../harness/script.mjs";
import { Cpu } from "./cpu.mjs";
import { machine } from "./machine.mjs";
import { lateness } from "./outcome.mjs";
import { oneRun } from "./run.mjs";
import { FirstLogin, NewObject, SecondDevice, Steady } from "./scenarios.mjs";
import { notes, table } from "./table.mjs";

const { quick } = parseArgs({ options: { quick: { type: "boolean", default: false } } }).values;
const RUNS = quick ? 1 : 7;

/** Requests of one section, by how many go at a time; `watched` are logins looked at right after their answer. */
const QUICK = {
  1: { baseline: 20, event: 20, login: 5, merge: 5, watched: 2 },
  16: { baseline: 32, event: 32, login: 16, merge: 16, watched: 4 },
};
const FULL = {
  1: { baseline: 200, event: 200, login: 40, merge: 24, watched: 20 },
  64: { baseline: 512, event: 512, login: 96, merge: 64, watched: 64 },
};
const counts = quick ? QUICK : FULL;

/** The outbox waits a second, the Queue another one, then the archive is written: after that long, quiet means done. */
const REST_MS = 2100;

async function start(options, restMs) {
  const edge = await Edge.start(options);
  return { edge, cpu: new Cpu(edge.pid), restMs, close: () => edge.close() };
}

async function main(closed) {
  const about = machine();
  const worker = join(import.meta.dirname, "baseline");
  // Nothing follows its answers.
  const bare = closed(await start({ worker, modules: { "worker.mjs": "ESModule" }, config: false }, 0));
  const ours = closed(await start({}, quick ? 0 : REST_MS));
  const insert = new Steady();
  const scenarios = [new Steady(), new NewObject(), new FirstLogin(), new SecondDevice()];

  if (!quick) {
    console.error("warm-up");
    await oneRun({ ...ours, restMs: 0 }, bare, insert, scenarios, QUICK);
  }
  const runs = [];
  for (let run = 1; run <= RUNS; run += 1) {
    console.error(`run ${run} of ${RUNS}`);
    runs.push(await oneRun(ours, bare, insert, scenarios, counts));
  }
  const watched = [];
  for (const [atOnce, { watched: count }] of Object.entries(counts)) {
    watched.push({ atOnce, late: await lateness(ours.edge, new SecondDevice(), count, Number(atOnce)) });
  }
  console.log(`\n${table(runs)}\n\n${notes({ runs, watched, about, counts, quick })}`);
}

await script(main);
