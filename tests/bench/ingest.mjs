// What taking events in costs: batches of several sizes about one person, a hundred and ten thousand, beside a Worker that
// does nothing (empty/worker.mjs) and one with a Durable Object that makes one insert of a batch (baseline/worker.mjs), in turn,
// each in a workerd of its own under the same configuration, all sent the same bytes.
//
// Usage: node ingest.mjs [--quick]. It fails if a request fails, never on the figures.

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Edge } from "../harness/edge.mjs";
import { script } from "../harness/script.mjs";
import { Cpu } from "./cpu.mjs";
import { median } from "./figures.mjs";
import { machine } from "./machine.mjs";
import { section } from "./section.mjs";
import { aligned } from "./table.mjs";

const { quick } = parseArgs({ options: { quick: { type: "boolean", default: false } } }).values;
const RUNS = quick ? 1 : 5;
const PEOPLE = quick ? [1, 20] : [1, 100, 10_000];
/** Events of a batch, and how many batches go in a section, by how many at a time. */
const BATCHES = quick ? { 1: { 1: 10 }, 10: { 4: 8 } } : { 1: { 1: 100, 16: 256 }, 10: { 1: 50, 16: 96 }, 100: { 1: 10, 16: 32 } };
/** The outbox waits a second, the Queue another one: after that long, quiet means done. */
const REST_MS = quick ? 0 : 2100;

const product = { product_id: "skylark-4", name: "Skylark 4", category: "Running shoes", price: 149 };

/** Batches about people in turn: with more people than events, everybody in a batch is somebody else. */
class Batches {
  next = 0;

  constructor(people) {
    this.people = Array.from({ length: people }, () => randomUUID());
  }

  one(events) {
    const event = () => {
      this.next = (this.next + 1) % this.people.length;
      return { messageId: randomUUID(), userId: this.people[this.next], type: "track", event: "Product Viewed", properties: product };
    };
    // What the baseline names its object by.
    return { body: JSON.stringify({ writeKey: "demo-server", anonymousId: this.people[this.next], batch: Array.from({ length: events }, event) }) };
  }

  many(count, events) {
    return Array.from({ length: count }, () => this.one(events));
  }
}

async function start(options, restMs) {
  const edge = await Edge.start(options);
  return { edge, cpu: new Cpu(edge.pid), restMs, close: () => edge.close() };
}

const bare = (folder) => ({ worker: join(import.meta.dirname, folder), modules: { "worker.mjs": "ESModule" }, config: false });

async function main(closed) {
  const about = machine();
  const [empty, insert, ours] = [closed(await start(bare("empty"), 0)), closed(await start(bare("baseline"), 0)), closed(await start({}, REST_MS))];
  const crowds = PEOPLE.map((people) => new Batches(people));
  for (const crowd of crowds) {
    console.error(`${crowd.people.length} profiles are made`);
    const size = Math.min(100, crowd.people.length);
    await section({ ...ours, restMs: 0 }, crowd.many(Math.ceil(crowd.people.length / size), size), 4, size);
  }
  const rows = new Map();
  for (let run = 1; run <= RUNS; run += 1) {
    console.error(`run ${run} of ${RUNS}`);
    for (const crowd of crowds) {
      for (const [size, counts] of Object.entries(BATCHES)) {
        for (const [atOnce, count] of Object.entries(counts)) {
          const [events, lanes] = [Number(size), Number(atOnce)];
          const requests = crowd.many(count, events);
          // Who was asleep is awake, for all alike.
          const result = {
            empty: await section(empty, requests, lanes),
            insert: await section(insert, requests, lanes),
            ours: await section(ours, requests, lanes, events),
          };
          const key = [crowd.people.length, events, lanes].join();
          rows.set(key, [...(rows.get(key) ?? []), result]);
        }
      }
    }
    // A run takes minutes: what is known so far is not lost with the rest.
    console.error(`\n${table(rows)}\n`);
  }
  console.log(`\n${table(rows)}\n\n${notes(about)}`);
}

const number = (value) => (Number.isFinite(value) ? value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0) : "n/a");

function table(rows) {
  const head = [
    "profiles", "batch", "at once", "events/s", "p50, ms", "p99, ms", "CPU, ms/event", "p50 to the empty hop", "p50 to one insert", "aim",
  ];
  const cells = [...rows].map(([key, runs]) => {
    const [people, events, lanes] = key.split(",").map(Number);
    const ours = (figure) => median(runs.map((run) => run.ours[figure]));
    const ratio = (to) => `${number(median(runs.map((run) => run.ours.p50 / run[to].p50)))}×`;
    return [
      String(people), String(events), String(lanes), number(ours("rate") * events), number(ours("p50")), number(ours("p99")),
      number(ours("cpu") / events), ratio("empty"), ratio("insert"), events === 10 ? "≤ 2× the empty hop" : "",
    ];
  });
  return aligned([head, ...cells]);
}

function notes(about) {
  return [
    `Medians of ${RUNS} interleaved run(s); a ratio is the median of the runs' own ratios.`,
    "All three are sent the same bytes. The empty hop does not look at them; the insert is one row for a whole batch.",
    "A batch about many people is many object calls, bounded in number at a time: 10 events about one person are one.",
    "CPU is workerd's, with what follows the answer (outbox, Queue, archive).",
    `Machine: ${about}.`,
    quick
      ? "A quick run only shows that it works: one short run says nothing about speed, and CPU lacks what follows."
      : "Absolute times are noisy: client, the workerds and whatever else runs share the cores. Compare ratios.",
  ].join("\n");
}

await script(main);
