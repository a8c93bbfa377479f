// What the engine costs, native and in wasm, in two tables: criterion's figures, and those of the same cases under Node.
//
// Usage: node engine.mjs <folder with the wasm module> <criterion's folder> [--quick]

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { median } from "./figures.mjs";
import { machine } from "./machine.mjs";
import { aligned } from "./table.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: "boolean", default: false } } });
const [module, criterion] = positionals.map((path) => resolve(path));
const wasm = createRequire(import.meta.url)(join(module, "selvedge_engine_bench.js"));

/** For each case: so long at least, and so many rounds. The first ones only warm the compiler up. */
const { warmUpMs, ms, rounds } = values.quick ? { warmUpMs: 0, ms: 0, rounds: 2 } : { warmUpMs: 1000, ms: 2000, rounds: 20 };

/** Microseconds of one operation: the median of all rounds. */
function inWasm(n) {
  const running = new wasm.Running(n);
  const took = [];
  const begin = performance.now();
  for (;;) {
    running.prepare();
    const start = performance.now();
    running.run();
    const end = performance.now();
    if (end - begin >= warmUpMs) took.push(end - start);
    if (took.length >= rounds && end - begin >= warmUpMs + ms) break;
  }
  const micros = (median(took) * 1000) / running.operations;
  running.free();
  return micros;
}

/** The same of criterion, which says nanoseconds. */
function native(n) {
  const file = join(criterion, `engine_${n}`, "new/estimates.json");
  return JSON.parse(readFileSync(file, "utf8")).median.point_estimate / 1000;
}

const about = machine();
const micros = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const all = JSON.parse(wasm.cases()).map((one, n) => ({ ...one, native: native(n), wasm: inWasm(n) }));
const cases = all.filter(({ body }) => !body);
/** Beside the smallest of its kind: a flat curve stays at 1. */
const beside = ({ name, ...row }, of) => `${(row[of] / cases.find((first) => first.name === name)[of]).toFixed(2)}×`;
console.log(
  `\n${aligned([
    ["microseconds", "size", "native", "", "wasm", "", "wasm / native"],
    ...cases.map((row) => [
      row.name, row.size.toLocaleString("en"), micros(row.native), beside(row, "native"), micros(row.wasm), beside(row, "wasm"),
      `${(row.wasm / row.native).toFixed(1)}×`,
    ]),
  ])}\n`,
);
/** The engine's reading and then that of serde_json, of the same bytes. */
const read = all.filter(({ body }) => body);
const nanos = (value) => (value * 1000).toFixed(0);
const pairs = read.flatMap((ours, n) => (n % 2 === 0 ? [[ours, read[n + 1]]] : []));
console.log(
  `${aligned([
    ["nanoseconds an event", "bytes", "native", "to a Value", "", "wasm", "to a Value", "", "wasm / native"],
    ...pairs.map(([ours, value]) => [
      ours.body.name, ours.body.bytes.toLocaleString("en"),
      ...["native", "wasm"].flatMap((where) => [nanos(ours[where]), nanos(value[where]), `${(ours[where] / value[where]).toFixed(2)}×`]),
      `${(ours.wasm / ours.native).toFixed(1)}×`,
    ]),
  ])}\n`,
);
const ours = cases.find(({ name }) => name.startsWith("a condition")).native;
const theirs = native("growthbook-rust");
console.log(`A condition of GrowthBook's suite, native: ${nanos(ours)} ns; by its Rust SDK, as the rule of a feature: ${nanos(theirs)} ns, ${(theirs / ours).toFixed(1)}×.\n`);
console.log(
  [
    "An event that is read: the envelope, the event, every check, its consent and its identifiers; beside it `serde_json` that",
    "reads the same bytes into a `Value` and does nothing else.",
    "Medians. The × after a figure compares it with the first size of its kind.",
    "Native and wasm are compiled for size, as the Worker is. What is stored is made into JSON, as in the Worker, and kept in memory.",
    `Machine: ${about}.`,
    ...(values.quick ? ["A quick run only shows that it works: it says nothing about speed."] : []),
  ].join("\n"),
);
