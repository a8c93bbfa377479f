// What the engine costs, native and in wasm, in two tables: criterion's figures, and those of the same cases under Node.
//
// Usage: node engine.mjs <folder with the wasm module> <criterion's folder> [--quick]

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Cases, curves, nanos, times } from "./cases.mjs";
import { machine } from "./machine.mjs";
import { aligned } from "./table.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: "boolean", default: false } } });
const about = machine();
const all = await new Cases(...positionals.map((path) => resolve(path)), "engine", values.quick).all();
console.log(`\n${aligned(curves(all.filter(({ body }) => !body)))}\n`);
/** The engine's reading and then that of serde_json, of the same bytes. */
const read = all.filter(({ body }) => body);
const pairs = read.flatMap((ours, n) => (n % 2 === 0 ? [[ours, read[n + 1]]] : []));
console.log(
  `${aligned([
    ["nanoseconds an event", "bytes", "native", "to a Value", "", "wasm", "to a Value", "", "wasm / native"],
    ...pairs.map(([ours, value]) => [
      ours.body.name, ours.body.bytes.toLocaleString("en"),
      ...["native", "wasm"].flatMap((where) => [nanos(ours[where]), nanos(value[where]), `${(ours[where] / value[where]).toFixed(2)}×`]),
      times(ours.wasm, ours.native),
    ]),
  ])}\n`,
);
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
