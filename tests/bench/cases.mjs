// The cases of tests/bench/engine: native as criterion has measured them, in wasm under Node.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { median } from "./figures.mjs";

/** For each case: so long at least, and so many rounds. The first ones only warm the compiler up. */
const effort = (quick) => (quick ? { warmUpMs: 0, ms: 0, rounds: 2 } : { warmUpMs: 1000, ms: 2000, rounds: 20 });

/** Microseconds of one operation: the median of all rounds. */
export async function measured({ prepare, run, operations }, quick) {
  const { warmUpMs, ms, rounds } = effort(quick);
  const took = [];
  const begin = performance.now();
  for (;;) {
    prepare?.();
    const start = performance.now();
    const done = run();
    if (done instanceof Promise) await done;
    const end = performance.now();
    if (end - begin >= warmUpMs) took.push(end - start);
    if (took.length >= rounds && end - begin >= warmUpMs + ms) break;
  }
  return (median(took) * 1000) / operations;
}

export class Cases {
  /** @param {string} module Its folder. @param {string} criterion Its folder. @param {"engine" | "segments"} bench */
  constructor(module, criterion, bench, quick) {
    this.wasm = createRequire(import.meta.url)(join(module, "selvedge_engine_bench.js"));
    Object.assign(this, { criterion, bench, quick });
  }

  /** All of them, measured. */
  async all() {
    const all = [];
    for (const [n, one] of JSON.parse(this.wasm.cases(this.bench)).entries()) {
      all.push({ ...one, native: this.native(n), wasm: await this.inWasm(new this.wasm.Running(this.bench, n)) });
    }
    return all;
  }

  async inWasm(running) {
    const { operations } = running;
    const micros = await measured({ prepare: () => running.prepare(), run: () => running.run(), operations }, this.quick);
    running.free();
    return micros;
  }

  /** The same of criterion, which says nanoseconds. */
  native(name) {
    const file = join(this.criterion, `${this.bench}_${name}`, "new/estimates.json");
    return JSON.parse(readFileSync(file, "utf8")).median.point_estimate / 1000;
  }
}

export const micros = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
export const nanos = (value) => (value * 1000).toFixed(0);
export const times = (one, other) => `${(one / other).toFixed(1)}×`;

/** Rows of cases, each beside the smallest of its kind: a flat curve stays at 1. */
export function curves(cases) {
  const beside = ({ name, ...row }, of) => `${(row[of] / cases.find((first) => first.name === name)[of]).toFixed(2)}×`;
  return [
    ["microseconds", "size", "native", "", "wasm", "", "wasm / native"],
    ...cases.map((row) => [
      row.name, row.size.toLocaleString("en"), micros(row.native), beside(row, "native"), micros(row.wasm), beside(row, "wasm"),
      times(row.wasm, row.native),
    ]),
  ];
}
