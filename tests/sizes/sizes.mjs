// Prints what a page downloads and what an isolate loads, and holds both against budget.json.

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = resolve(import.meta.dirname, "../..");
const budget = JSON.parse(readFileSync(join(import.meta.dirname, "budget.json"), "utf8"));

function sizes(file) {
  const bytes = readFileSync(file);
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
}

const sum = (parts) =>
  parts.reduce((total, part) => ({
    raw: total.raw + part.raw,
    gzip: total.gzip + part.gzip,
    brotli: total.brotli + part.brotli,
  }));

const tagDir = process.env.TAG_OUT ?? join(root, "target/tag");
const wasm = readdirSync(join(tagDir, "tag")).find((name) => name.endsWith(".wasm"));
const workerDir = join(root, "edge-worker/build");
const rows = {
  "tag: loader and glue (tag.js)": sizes(join(tagDir, "tag.js")),
  "tag: wasm": sizes(join(tagDir, "tag", wasm)),
  "Worker: glue (index.js)": sizes(join(workerDir, "index.js")),
  "Worker: wasm": sizes(join(workerDir, "index_bg.wasm")),
};
const [loader, tagWasm, glue, workerWasm] = Object.values(rows);
const totals = { tag: sum([loader, tagWasm]), worker: sum([glue, workerWasm]) };
rows["tag, all a page downloads"] = totals.tag;
rows["Worker bundle"] = totals.worker;
console.table(rows);

let over = false;
for (const [what, limits] of Object.entries(budget)) {
  for (const [encoding, limit] of Object.entries(limits)) {
    const actual = totals[what][encoding];
    const verdict = actual <= limit ? "within" : "OVER";
    console.log(`${what} ${encoding}: ${actual} bytes, ${verdict} the budget of ${limit}`);
    over ||= actual > limit;
  }
}
process.exit(over ? 1 : 0);
