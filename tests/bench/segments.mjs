// What segments, conditions and decisions cost, and others beside them, in one table: conditions and segments native and in wasm, then full
// decisions in workerd.
//
// Usage: node segments.mjs <folder with the wasm module> <criterion's folder> [--quick]

import { resolve } from "node:path";
import { script } from "../harness/script.mjs";
import { Cases, measured, micros, nanos, times } from "./cases.mjs";
import { decisions, quick } from "./decisions.mjs";
import { machine } from "./machine.mjs";
import { peers } from "./segments/peers.mjs";
import { aligned, number } from "./table.mjs";

/** What 1,000 segments may take, a tenth of which speak of the event. */
const AIM = { kind: "by segments; one in ten speaks", size: 1_000, native: 50, wasm: 150 };

const isCondition = ({ name }) => name.startsWith("a condition");
const ns = (value) => `${nanos(value)} ns`;
const us = (value) => `${micros(value)} µs`;
const ms = (value) => `${number(value)} ms`;

/** Each library is asked what it can be asked, and compared with us on the same: native with native, wasm with JavaScript. */
async function conditions(cases, all) {
  const suite = JSON.parse(cases.wasm.conditions());
  const [whole, withoutLists] = all.filter(isCondition);
  const sdk = cases.native("growthbook-rust");
  const bare = suite.filter(([, , groups]) => Object.keys(groups).length === 0).length;
  const row = (where, asked, ours, name, theirs) => [`a condition, ${where}`, `${asked} of ${suite.length}`, ns(ours), name, theirs && ns(theirs), theirs && times(theirs, ours), theirs && "≥ 5×"];
  const rows = [
    row("native", suite.length, whole.native, "", ""),
    row("native", bare, withoutLists.native, "growthbook-rust", sdk),
    row("in wasm", suite.length, whole.wasm, "", ""),
  ];
  for (const { name, asked, run } of await peers(suite)) {
    const ours = await cases.inWasm(cases.wasm.Running.conditions(Uint32Array.from(asked)));
    rows.push(row("in wasm", asked.length, ours, name, await measured({ run, operations: asked.length }, quick)));
  }
  return rows;
}

/** Each beside the smallest of its kind: what follows the segments that speak of the event, and neither their number nor the timeline. */
function segments(all) {
  return all.flatMap((one) => {
    const first = all.find(({ name }) => name === one.name);
    const aim = (where) => (one.name.startsWith(AIM.kind) && one.size === AIM.size ? `≤ ${AIM[where]} µs` : "");
    return ["native", "wasm"].map((where) => [
      `${one.name}, ${where === "wasm" ? "in wasm" : where}`, one.size.toLocaleString("en"), us(one[where]),
      one === first ? "" : `with ${first.size}`, one === first ? "" : us(first[where]), one === first ? "" : times(one[where], first[where]), aim(where),
    ]);
  });
}

function decided({ rows }) {
  return rows.flatMap(({ name, atOnce, aim, p50, p99, cpu }) =>
    Object.entries({ p50, p99, CPU: cpu }).map(([figure, { baseline, ours, ratio }]) => [
      `${name}, ${figure}`, `${atOnce} at once`, ms(ours), "a bare Worker", ms(baseline), `${number(ratio)}×`, aim && figure === "p50" ? `≤ ${aim}×` : "",
    ]));
}

await script(async (closed) => {
  const about = machine();
  const folders = process.argv.slice(2).filter((argument) => !argument.startsWith("--")).map((path) => resolve(path));
  const cases = new Cases(...folders, "segments", quick);
  const all = await cases.all();
  const ofConditions = await conditions(cases, all);
  const ofDecisions = await decisions(closed);
  const head = ["what", "size", "ours", "beside", "theirs", "ratio", "aim"];
  console.log(`\n${aligned([head, ...ofConditions, ...segments(all.filter((one) => !isCondition(one))), ...decided(ofDecisions)])}\n`);
  console.log(
    [
      "Conditions are those of GrowthBook's suite; growthbook-rust is asked as the rule of a feature, which is the way to ask it. A ratio says how",
      "many times as long the library takes. All are made ready before.",
      "Segments: time passes, the event is folded, the segments are looked at that it can have changed. What follows the segments that speak of the",
      "event grows tenfold where one in ten does, and not at all where twenty do. One in fifty of the events before is like the one that is",
      "measured. Native and wasm are compiled for size, as the Worker is. Medians.",
      "Decisions: in workerd.",
      ...ofDecisions.notes,
      `Machine: ${about}.`,
    ].join("\n"),
  );
});
