// What segments and conditions cost, native and in wasm, and others beside them, in two tables.
//
// Usage: node segments.mjs <folder with the wasm module> <criterion's folder> [--quick]

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Cases, curves, measured, nanos, times } from "./cases.mjs";
import { machine } from "./machine.mjs";
import { peers } from "./segments/peers.mjs";
import { aligned } from "./table.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: "boolean", default: false } } });
const about = machine();
const cases = new Cases(...positionals.map((path) => resolve(path)), "segments", values.quick);
const all = await cases.all();
const isCondition = ({ name }) => name.startsWith("a condition");
console.log(`\n${aligned(curves(all.filter((one) => !isCondition(one))))}\n`);

const suite = JSON.parse(cases.wasm.conditions());
const [whole, withoutLists] = all.filter(isCondition);
const rows = [
  ["us, native", suite.length, whole.native, ""],
  ["us, in wasm", suite.length, whole.wasm, ""],
];
const sdk = cases.native("growthbook-rust");
rows.push(["growthbook-rust, native", suite.filter(([, , groups]) => Object.keys(groups).length === 0).length, sdk, times(sdk, withoutLists.native)]);
for (const { name, asked, run } of await peers(suite)) {
  const ours = await cases.inWasm(cases.wasm.Running.conditions(Uint32Array.from(asked)));
  const theirs = await measured({ run, operations: asked.length }, values.quick);
  rows.push([name, asked.length, theirs, times(theirs, ours)]);
}
console.log(
  `${aligned([
    ["nanoseconds for a condition of GrowthBook's suite", "of 583", "", "beside us, on the same"],
    ...rows.map(([name, asked, took, beside]) => [name, String(asked), nanos(took), beside]),
  ])}\n`,
);
console.log(
  [
    "Segments: time passes, the event is folded, the segments are looked at that it can have changed. The × after a figure compares it with",
    "the first size of its kind; what follows the segments that speak of the event grows tenfold where one in ten does, and not at all where",
    "twenty do. One in fifty of the events before is like the one that is measured.",
    "Conditions: each is asked of those who answer it as the suite does (growthbook-rust as the rule of a feature, which is the way to ask",
    "it), and compared with us on the same ones: native with native, wasm with JavaScript. All are made ready before.",
    "Medians. Native and wasm are compiled for size, as the Worker is.",
    `Machine: ${about}.`,
    ...(values.quick ? ["A quick run only shows that it works: it says nothing about speed."] : []),
  ].join("\n"),
);
