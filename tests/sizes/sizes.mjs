// Prints what a page downloads and what an isolate loads, and holds each against budget.json (or another file, named by `--budget`). Of a
// part of the tag that is over, it says what takes the bytes; `--parts` says it of the tag anyway.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { STUB } from "../../js/tag/test/stub.mjs";
import { esbuild } from "../harness/packages.mjs";
import { breakdown } from "./tag.mjs";

const { values: asked } = parseArgs({ options: { parts: { type: "boolean" }, budget: { type: "string" } } });
const root = resolve(import.meta.dirname, "../..");
const budget = JSON.parse(readFileSync(asked.budget ?? join(import.meta.dirname, "budget.json"), "utf8"));
const tagDir = process.env.TAG_OUT ?? join(root, "target/tag");
const workerDir = join(root, "edge-worker/build");

/** What nobody downloads is uploaded as gzip. */
const uploaded = (file) => {
  const bytes = readFileSync(file);
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
};

function sizesOf(bytes) {
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
}

const sizes = (file) => sizesOf(readFileSync(file));

/** A file of the tag's as the edge serves it: its build has packed it. */
const served = ({ file }) => {
  const [raw, gzip, brotli] = ["", ".gz", ".br"].map((packed) => readFileSync(join(tagDir, file + packed)).length);
  return { raw, gzip, brotli };
};

const sum = (parts) => {
  const total = {};
  for (const part of parts) for (const encoding in part) total[encoding] = (total[encoding] ?? 0) + part[encoding];
  return total;
};

/** A module of the npm build as a site has it that uses all of it; React is the site's own. */
function bundled(module) {
  const { outputFiles } = esbuild.buildSync({
    entryPoints: [join(root, "js/tag/npm", module)], bundle: true, minify: true, format: "esm", target: "es2020", external: ["react"], write: false,
  });
  return sizesOf(outputFiles[0].contents);
}

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

/** What every page with the tag downloads. */
const TAG = ["loader", "core", "wasm"];

/** What the tag's build has made; `total` is a sum of its own. */
const { total, ...built } = JSON.parse(readFileSync(join(tagDir, "sizes.json"), "utf8"));
const files = Object.fromEntries(Object.entries(built).map(([name, file]) => [name, served(file)]));
const { loader, core, wasm, ...others } = files;

const console_ = JSON.parse(readFileSync(join(root, "target/console-build/manifest.json"), "utf8"));
const engine = Object.values(console_).flatMap(({ assets = [] }) => assets).find((file) => file.endsWith(".wasm"));

const worker = { glue: uploaded(join(workerDir, "index.js")), wasm: uploaded(join(workerDir, "index_bg.wasm")) };

/** By their names in the budget: each of the tag's files that not every page loads has one of its own. */
const held = {
  tag: sum([loader, core, wasm]),
  stub: sizesOf(Buffer.from(STUB)),
  ...others,
  npm: bundled("index.js"),
  "npm/react": bundled("react.js"),
  "npm/element": bundled("element.js"),
  console: sum(shellOf(console_).map((file) => sizes(join(tagDir, "console", file)))),
  worker: sum(Object.values(worker)),
};

console.table({
  "tag: loader": loader, "tag: core": core, "tag: wasm": wasm, "Worker: glue": worker.glue, "Worker: wasm": worker.wasm,
  "console: the engine, where somebody builds": sizes(join(tagDir, "console", engine)), ...held,
});

let over = false;
for (const what of new Set([...Object.keys(budget), ...Object.keys(held)])) {
  const limits = Object.entries(budget[what] ?? {});
  const fits = limits.length > 0 && what in held && limits.every(([encoding, limit]) => held[what][encoding] <= limit);
  for (const [encoding, limit] of limits)
    console.log(`${what} ${encoding}: ${held[what]?.[encoding]} bytes, ${fits ? "within" : "OVER"} the budget of ${limit}`);
  if (!limits[0]) console.log(`${what}: NO BUDGET in budget.json`);
  const made = what === "tag" ? TAG : what in others ? [what] : [];
  if (made[0] && (!fits || (asked.parts && what === "tag"))) console.table(breakdown(join(root, "target/tag-build"), made));
  over ||= !fits;
}
process.exit(over ? 1 : 0);
