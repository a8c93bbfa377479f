// Prints what a page downloads and what an isolate loads, and holds both against budget.json. When the tag is over, it
// says what takes the bytes; `--parts` says it anyway.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { breakdown } from "./tag.mjs";

const root = resolve(import.meta.dirname, "../..");
const budget = JSON.parse(readFileSync(join(import.meta.dirname, "budget.json"), "utf8"));

function sizes(file) {
  const bytes = readFileSync(file);
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
}

/** A file of the tag's as the edge serves it: its build has packed it. */
const served = ({ file }) => {
  const [raw, gzip, brotli] = ["", ".gz", ".br"].map((packed) => readFileSync(join(tagDir, file + packed)).length);
  return { raw, gzip, brotli };
};

const sum = (parts) =>
  parts.reduce((total, part) => ({
    raw: total.raw + part.raw,
    gzip: total.gzip + part.gzip,
    brotli: total.brotli + part.brotli,
  }));

const tagDir = process.env.TAG_OUT ?? join(root, "target/tag");
const built = JSON.parse(readFileSync(join(tagDir, "sizes.json"), "utf8"));
const workerDir = join(root, "edge-worker/build");

/** What the console's first load takes, whatever page it is: its entry, and all that this imports at once. */
function shellOf(manifest) {
  const files = new Set();
  const visit = (key) => {
    const { file, css = [], imports = [] } = manifest[key];
    if (files.has(file)) return;
    for (const one of [file, ...css]) files.add(one);
    imports.forEach(visit);
  };
  Object.keys(manifest).filter((key) => manifest[key].isEntry).forEach(visit);
  return [...files];
}

const console_ = JSON.parse(readFileSync(join(root, "target/console-build/manifest.json"), "utf8"));
const rows = {
  "tag: loader (tag.js)": served(built.loader),
  "tag: core": served(built.core),
  "tag: wasm": served(built.wasm),
  "Worker: glue (index.js)": sizes(join(workerDir, "index.js")),
  "Worker: wasm": sizes(join(workerDir, "index_bg.wasm")),
};
const [loader, core, tagWasm, glue, workerWasm] = Object.values(rows);
const totals = { tag: sum([loader, core, tagWasm]), worker: sum([glue, workerWasm]) };
totals.console = sum(shellOf(console_).map((file) => sizes(join(tagDir, "console", file))));
rows["console, first load of any page"] = totals.console;
const engine = Object.values(console_).flatMap(({ assets = [] }) => assets).find((file) => file.endsWith(".wasm"));
rows["console: the engine, where somebody builds"] = sizes(join(tagDir, "console", engine));
rows["tag, all a page downloads"] = totals.tag;
rows["tag: JavaScript for the wasm, where that may not run"] = served(built.fallback);
rows["Worker bundle"] = totals.worker;
console.table(rows);

let over = false;
for (const [what, limits] of Object.entries(budget)) {
  for (const [encoding, limit] of Object.entries(limits)) {
    const actual = totals[what][encoding];
    const fits = actual <= limit;
    console.log(`${what} ${encoding}: ${actual} bytes, ${fits ? "within" : "OVER"} the budget of ${limit}`);
    if (what === "tag" && (!fits || process.argv.includes("--parts"))) console.table(breakdown(join(root, "target/tag-build")));
    over ||= !fits;
  }
}
process.exit(over ? 1 : 0);
