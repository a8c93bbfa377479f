// What a full decision costs, beside a bare Worker: see decisions.mjs.
//
// Usage: node decide.mjs [--quick]

import { script } from "../harness/script.mjs";
import { decisions } from "./decisions.mjs";
import { machine } from "./machine.mjs";
import { aligned, number } from "./table.mjs";

await script(async (closed) => {
  const about = machine();
  const { rows, notes } = await decisions(closed);
  const head = ["baseline → ours, ratio", "at once", "p50, ms", "p99, ms", "CPU, ms/request", "aim (p50)"];
  const cell = ({ baseline, ours, ratio }) => `${number(baseline).padStart(4)} → ${number(ours)}`.padEnd(12) + `${number(ratio)}×`.padStart(7);
  const cells = rows.map(({ name, atOnce, aim, p50, p99, cpu }) => [name, String(atOnce), ...[p50, p99, cpu].map(cell), aim ? `≤ ${aim}×` : ""]);
  console.log(`\n${aligned([head, ...cells])}\n\n${[...notes, `Machine: ${about}.`].join("\n")}`);
});
