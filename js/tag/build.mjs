// Builds the tag: cargo → wasm-opt (→ wasm2js) → esbuild → terser → brotli and gzip.
// Output directory: env TAG_OUT (default target/tag): tag.js; analytics.js; tag/{hash}.wasm, the decisions; tag/{hash}.js, the rest of the
// tag; more tag/{hash}.js, the decisions for where wasm may not run and the parts that few pages need; `.br` and `.gz` of each;
// sizes.json.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const targetDir = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
const out = resolve(root, process.env.TAG_OUT ?? join(targetDir, "tag"));
const work = join(targetDir, "tag-build");
const version = /^version = "(.+)"/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];

const run = (command, args) =>
  execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

const binaryen = (tool, ...args) =>
  run(process.execPath, [createRequire(import.meta.url).resolve(`binaryen/bin/${tool}`), ...args]);

/** The collector's wasm, as rustc leaves it. */
function compile() {
  // Only the cdylib: cargo does no link-time optimisation for a crate that is built as rlib too. Data before the stack
  // makes addresses short.
  const link = ["--no-stack-first", "--global-base=1024", "-zstack-size=16384"];
  run("cargo", [
    "rustc", "--quiet", "--package", "selvedge-collector", "--crate-type", "cdylib", "--release",
    "--target", "wasm32-unknown-unknown", "--", ...link.flatMap((argument) => ["-C", `link-arg=${argument}`]),
  ]);
  return join(targetDir, "wasm32-unknown-unknown/release/selvedge_collector.wasm");
}

/** The optimised wasm, the same as a JavaScript module, and the short names of its exports (`[name, short]`). */
async function optimise(compiled) {
  mkdirSync(work, { recursive: true });
  const file = join(work, "collector.wasm");
  const script = join(work, "collector.js");
  const features = ["mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory", "bulk-memory-opt"];
  const optimised = (file, ...passes) => binaryen(
    "wasm-opt", compiled, "-o", file, ...features.map((name) => `--enable-${name}`), "--strip-producers",
    "--strip-target-features", "--low-memory-unused", "--flatten", "--rereloop", "-Oz", "-Oz", "--reorder-locals",
    "--reorder-functions", ...passes,
  );
  const names = optimised(file, "--strip-debug", "--minify-imports-and-exports-and-modules");
  // For `cargo xtask sizes`, which says what takes the bytes.
  optimised(join(work, "named.wasm"), "-g");
  binaryen("wasm2js", file, "-o", script, "-Oz", "--enable-bulk-memory", "--enable-sign-ext", "--enable-nontrapping-float-to-int");
  return { wasm: readFileSync(file), script: await bundle("fallback", script), exports: JSON.parse(names).exports };
}

/** The tag calls the wasm's exports by their short names. */
const shortNames = (exports) => ({
  name: "short names",
  setup(build) {
    const short = new Map(exports);
    build.onLoad({ filter: /core\/.*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/\brust\.(\w+)/g, (_, name) => {
        if (!short.has(name)) throw new Error(`${path}: the collector has no ${name}`);
        return `rust.${short.get(name)}`;
      }),
    }));
  },
});

/** What objects of ours know of themselves: all by `is…`, in the core also a placement's slot (core/placement.js) and a parcel (core/queue.js). */
const OWN = { all: /^is[A-Z]/, core: /^(is[A-Z].*|decision|own|shown|make)$/ };

/** By what was built, the bytes of each module in it. */
const modules = {};

async function bundle(name, entry, { define = {}, exports, format = "esm" } = {}) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format,
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
    write: false,
    metafile: true,
    plugins: exports ? [shortNames(exports)] : [],
    define: { __VERSION__: JSON.stringify(version), ...define },
  });
  const [{ inputs }] = Object.values(result.metafile.outputs);
  modules[name] = Object.fromEntries(Object.entries(inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput]));
  // It looks further than esbuild does: a twenty-fifth is saved. What an object of ours knows of itself no other file reads.
  const mangle = { properties: { regex: OWN[name] ?? OWN.all } };
  const { code } = await minify(result.outputFiles[0].text, { module: format == "esm", ecma: 2020, mangle, compress: { passes: 3 } });
  return Buffer.from(code);
}

const sha256 = (content) => createHash("sha256").update(content).digest("base64");

/** Where a file that never changes stands: what asks for it knows its hash alone, as loader.js reckons. */
const pathOf = (content, extension) => `tag/${sha256(content).replace(/\W/g, "").slice(0, 16)}.${extension}`;

/** Brotli at its best: what distances it spells out, and what it takes a file for, is a guess of the encoder's, so some are tried. */
function packed(content) {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_MODE, BROTLI_PARAM_NDIRECT, BROTLI_PARAM_NPOSTFIX } = constants;
  const tried = [constants.BROTLI_MODE_TEXT, constants.BROTLI_MODE_FONT].flatMap((mode) => [[0, 0], [0, 2], [1, 2]].map(([postfix, direct]) =>
    brotliCompressSync(content, { params: {
      [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 16, [BROTLI_PARAM_MODE]: mode, [BROTLI_PARAM_NPOSTFIX]: postfix, [BROTLI_PARAM_NDIRECT]: direct,
    } })));
  return tried.reduce((best, one) => (one.length < best.length ? one : best));
}

/** Writes a file with its compressed siblings and gives their sizes in bytes. */
function emit(name, content) {
  const brotli = packed(content);
  const gzip = gzipSync(content, { level: 9 });
  const path = join(out, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  writeFileSync(`${path}.br`, brotli);
  writeFileSync(`${path}.gz`, gzip);
  return { file: name, raw: content.length, gzip: gzip.length, brotli: brotli.length };
}

/** What a module calls another file by: `__NAME__` is its hash, which browsers check it against. */
const named = (files) =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`__${name.toUpperCase()}__`, JSON.stringify(sha256(content))]));

/** What few pages need, and load when they do. A part may name those above it. */
const PARTS = {
  vitals: "parts/vitals.js", links: "parts/links.js", capture: "parts/capture.js", reader: "parts/reader/index.js",
  overlay: "parts/overlay/index.js", cmp: "parts/cmp.js", live: "parts/live/index.js",
};

const { wasm, script, exports } = await optimise(compile());
const parts = {};
for (const [name, entry] of Object.entries(PARTS)) parts[name] = await bundle(name, join(here, entry), { define: named(parts) });
const core = await bundle("core", join(here, "core/index.js"), { exports, define: named(parts) });
const entry = (name, file) => bundle(name, join(here, file), { define: named({ wasm, core, script }), format: "iife" });
const [adapter, loader] = [await entry("adapter", "analytics.js"), await entry("loader", "loader.js")];

// Only now: an edge that serves this directory is without a tag for as short as can be.
rmSync(join(out, "tag"), { recursive: true, force: true });
const sizes = {
  loader: emit("tag.js", loader),
  core: emit(pathOf(core, "js"), core),
  wasm: emit(pathOf(wasm, "wasm"), wasm),
  adapter: emit("analytics.js", adapter),
  fallback: emit(pathOf(script, "js"), script),
  ...Object.fromEntries(Object.entries(parts).map(([name, content]) => [name, emit(pathOf(content, "js"), content)])),
};
const sum = (kind) => sizes.loader[kind] + sizes.core[kind] + sizes.wasm[kind];
sizes.total = { raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") };
writeFileSync(join(work, "modules.json"), JSON.stringify(modules));
// For the test that holds the JavaScript against the wasm.
writeFileSync(join(work, "exports.json"), JSON.stringify(exports));
writeFileSync(join(out, "sizes.json"), `${JSON.stringify(sizes, null, 2)}\n`);
console.table(sizes);
