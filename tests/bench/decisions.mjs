// A full decision, measured: an event in, three placements out, with 200 offers and 1,000 segments published, beside a Worker with a Durable
// Object that makes one insert (baseline/worker.mjs), in turn, each in a workerd of its own under the same configuration. Beside it what
// the event costs alone, and what a profile object takes of memory. It fails if a request fails or a decision is missing, never on the figures.

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Device, Edge, shopConfig } from "../harness/edge.mjs";
import { memory } from "../harness/memory.mjs";
import { Cpu } from "./cpu.mjs";
import { over } from "./figures.mjs";
import { lanes } from "./load.mjs";
import { section } from "./section.mjs";

/** It only shows that it works. */
export const quick = process.argv.includes("--quick");
const RUNS = quick ? 1 : 7;
const [SEGMENTS, OFFERS] = quick ? [100, 20] : [1_000, 200];
/** One in so many segments speaks of the event that is measured. */
const ONE_IN = 10;
const PLACEMENTS = ["bench-hero", "bench-strip", "bench-aside"];
/** Devices that come by again and again, each with so many events before. */
const [DEVICES, HISTORY] = quick ? [8, 10] : [64, 100];
/** Requests of a section, by how many at a time. */
const COUNTS = quick ? { 1: 10, 4: 16 } : { 1: 150, 16: 320 };
/** Objects whose memory is looked at. */
const OBJECTS = quick ? 20 : 1_000;
/** The outbox waits a second, the Queue another one: after that long, quiet means done. */
const REST_MS = quick ? 0 : 2100;
const HANDS = 8;

const product = { product_id: "skylark-4", name: "Skylark 4", category: "Running shoes", brand: "Skylark", price: 149 };
const viewed = { type: "track", event: "Product Viewed", properties: product };

/** The `n`th rule: one of what marketers write. */
function rule(n, event) {
  return [
    { performed: { event, where: { category: "Running shoes" }, within: { days: 7 + (n % 20) }, count: { min: 3 } } },
    { all: [{ performed: { event, within: { hours: 1 + (n % 24) } } }, { not: { performed: { event: "Order Completed", within: { days: 1 } } } }] },
    { performed: { event, within: { days: 30 }, value: { take: "sum", of: "price", is: { $gte: n } } } },
    { performed: { event, within: { calendar: "month", zone: "Europe/Berlin" }, count: { min: 5, max: 50 + (n % 900) } } },
    { sequence: { steps: [{ event }, { event: "Product Added", within: { minutes: 30 } }], within: { days: 7 } } },
    { performed: { event, where: { brand: { $in: [`brand-${n % 97}`, "Skylark"] } }, count: { min: 1 + (n % 5) } } },
    { all: [{ traits: { plan: { $in: ["gold", "silver"] } } }, { performed: { event, within: { days: 90 } } }] },
    { any: [{ segment: `bench-${n - 1}` }, { performed: { event, value: { take: "mostFrequent", of: "category", is: "Hats" }, within: { days: 14 } } }] },
  ][n % 8];
}

function config() {
  const files = shopConfig();
  for (let n = 0; n < SEGMENTS; n += 1) {
    const event = Math.floor(n / 8) % ONE_IN === 0 ? "Product Viewed" : `Event ${n % 40}`;
    files[`segments/bench-${n}.json`] = { id: `bench-${n}`, name: `Bench ${n}`, rule: rule(n, event) };
  }
  files["placements.json"].placements.push(...PLACEMENTS.map((id) => ({ id, name: id })));
  for (let n = 0; n < OFFERS; n += 1) {
    files[`offers/bench-${n}.json`] = {
      id: `bench-${n}`, name: `Bench ${n}`, placement: PLACEMENTS[n % 3], priority: 1 + ((n * 7) % OFFERS), audience: `bench-${(n * 5) % SEGMENTS}`,
      ...(n % 4 === 0 && { caps: { person: { day: 20 } } }),
      ...(n % 5 === 0 && { schedule: { zone: "Europe/Berlin", start: "2026-01-01T00:00" } }),
      ...(n % 10 === 0 && { variants: [{ id: "a" }, { id: "b" }] }),
      content: { type: "html", html: "<p>{{ traits.first_name | default(\"You\") }}: {{ event.properties.name }} for {{ event.properties.price | fixed(2) }}</p>" },
    };
  }
  // What everybody sees whom nothing else holds for: every decision ends with content.
  for (const [n, placement] of PLACEMENTS.entries()) {
    files[`offers/bench-rest-${n}.json`] = { id: `bench-rest-${n}`, name: "The rest", placement, content: { type: "html", html: "<p>{{ computed.events }}</p>" } };
  }
  return files;
}

async function start(options, restMs) {
  const edge = await Edge.start(options);
  return { edge, cpu: new Cpu(edge.pid), restMs, close: () => edge.close() };
}

async function visitors(edge) {
  const devices = Array.from({ length: DEVICES }, () => new Device(edge));
  await lanes(devices, HANDS, async (device) => {
    const { accepted } = await device.send(Array.from({ length: HISTORY }, () => viewed));
    if (accepted !== HISTORY) throw new Error("a device could not be prepared");
  });
  return devices;
}

/** Requests of devices in turn, awake. */
async function requests(devices, count, decide) {
  await lanes(devices, HANDS, (device) => device.send([viewed], decide ? PLACEMENTS : []));
  return Array.from({ length: count }, (_, n) => {
    const { anonymousId, cookie } = devices[n % devices.length];
    const batch = [{ messageId: randomUUID(), anonymousId, ...viewed }];
    return { cookie, body: JSON.stringify({ writeKey: "demo", anonymousId, batch, ...(decide && { decide: { placements: PLACEMENTS } }) }) };
  });
}

/** Whether what is measured decides. */
async function mustDecide(devices) {
  const { decisions } = await devices[0].send([viewed], PLACEMENTS);
  const shown = decisions?.filter(({ offer, content }) => offer && content) ?? [];
  if (shown.length !== PLACEMENTS.length) throw new Error(`not every placement is decided: ${JSON.stringify(decisions)}`);
  if (shown.every(({ offer }) => offer.startsWith("bench-rest"))) throw new Error("no audience holds");
}

/** What so many new profile objects add to workerd's memory, each: bytes. */
async function perObject({ edge, cpu }) {
  await cpu.rest(REST_MS);
  const before = memory(cpu.pid).now;
  const devices = Array.from({ length: OBJECTS }, () => new Device(edge));
  const events = [...Array.from({ length: 40 }, (_, n) => ({ ...viewed, event: `Event ${n}` })), viewed];
  await lanes(devices, HANDS, (device) => device.send(events));
  await cpu.rest(REST_MS);
  return (memory(cpu.pid).now - before) / OBJECTS;
}

/**
 * Everything, in interleaved runs: `{ rows, notes }`, a row with its figures `{ baseline, ours, ratio }`.
 * @param {<T>(started: T) => T} closed takes what is to be closed in the end
 */
export async function decisions(closed) {
  const worker = join(import.meta.dirname, "baseline");
  const bare = closed(await start({ worker, modules: { "worker.mjs": "ESModule" }, config: false }, 0));
  const few = closed(await start({}, REST_MS));
  const many = closed(await start({ config: false }, REST_MS));
  await many.edge.publish(config());
  console.error("devices are made");
  const [ofFew, ofMany] = [await visitors(few.edge), await visitors(many.edge)];
  await mustDecide(ofMany);
  const rows = [
    { name: "one event, the shop's few segments", measured: few, devices: ofFew, decide: false },
    { name: `one event, ${SEGMENTS} segments`, measured: many, devices: ofMany, decide: false },
    { name: `and three placements of ${OFFERS} offers`, measured: many, devices: ofMany, decide: true, aim: 2 },
  ].flatMap((row) => Object.entries(COUNTS).map(([atOnce, count]) => ({ ...row, atOnce: Number(atOnce), count, runs: [] })));
  for (let run = 1; run <= RUNS; run += 1) {
    console.error(`run ${run} of ${RUNS}`);
    for (const { measured, devices, decide, atOnce, count, runs } of rows) {
      const sent = await requests(devices, count, decide);
      await measured.cpu.rest(measured.restMs);
      const baseline = await section(bare, sent, atOnce);
      runs.push({ baseline, ours: await section(measured, sent, atOnce) });
    }
  }
  const objects = { few: await perObject(few), many: await perObject(many) };
  const figures = (runs) => Object.fromEntries(["p50", "p99", "cpu"].map((figure) => [figure, over(runs, figure)]));
  return { rows: rows.map(({ name, atOnce, aim, runs }) => ({ name, atOnce, aim, ...figures(runs) })), notes: notes(objects) };
}

const kilobytes = (bytes) => (Number.isFinite(bytes) ? (bytes / 1024).toFixed(0) : "n/a");

function notes(objects) {
  return [
    `Medians of ${RUNS} interleaved run(s); a ratio is the median of the runs' own ratios. ${DEVICES} devices with ${HISTORY} events each before.`,
    "The baseline is one SQLite insert in a Durable Object: tests/bench/baseline/worker.mjs. It is sent the same bytes.",
    "CPU is workerd's, with what follows the answer (outbox, Queue, archive).",
    `Memory that ${OBJECTS} new profile objects with 41 events add to workerd, each: ${kilobytes(objects.few)} kB with the shop's few segments, ${kilobytes(objects.many)} kB with ${SEGMENTS}.`,
    quick
      ? "A quick run only shows that it works: one short run says nothing about speed, and CPU lacks what follows."
      : "Absolute times are noisy: client, the workerds and whatever else runs share the cores. Compare ratios.",
  ];
}
