// Builds the console: types of the API out of its description; the engine as wasm (cargo → wasm-bindgen → wasm-opt) → tsc → Vite →
// brotli and gzip.
// Output: `console/` beside the tag (env TAG_OUT, default target/tag), and target/console-build/manifest.json, which says what a
// first load takes.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import openapiTS, { astToString } from "openapi-typescript";
import { build } from "vite";

const here = import.meta.dirname;
const root = resolve(here, "../..");
const out = join(resolve(root, process.env.TAG_OUT ?? "target/tag"), "console");
const work = join(root, "target/console-build");

/** The engine, and the JavaScript that calls it, into build/engine. */
function engine() {
  const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
  const to = join(here, "build/engine");
  const run = (command, args) => execFileSync(command, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  run("cargo", [
    "rustc", "--quiet", "--package", "selvedge-console-engine", "--crate-type", "cdylib", "--release", "--target", "wasm32-unknown-unknown",
  ]);
  const compiled = join(target, "wasm32-unknown-unknown/release/selvedge_console_engine.wasm");
  run(process.env.WASM_BINDGEN_BIN ?? join(target, "tool/xtask-wasm-bindgen"), [
    compiled, "--target", "web", "--typescript", "--omit-default-module-path", "--out-dir", to, "--out-name", "engine",
  ]);
  const wasm = join(to, "engine_bg.wasm");
  const tool = createRequire(import.meta.url).resolve("binaryen/bin/wasm-opt");
  const features = ["mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory", "bulk-memory-opt", "reference-types", "multivalue"];
  run(process.execPath, [tool, wasm, "-o", wasm, "-Oz", ...features.map((name) => `--enable-${name}`), "--strip-debug", "--strip-producers"]);
}

mkdirSync(join(here, "build"), { recursive: true });
engine();
const types = await openapiTS(new URL("../../docs/openapi.yaml", import.meta.url));
writeFileSync(join(here, "build/schema.d.ts"), astToString(types));
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "--project", here], { stdio: "inherit" });
await build({ root: here, logLevel: "warn", build: { outDir: out } });
mkdirSync(work, { recursive: true });
renameSync(join(out, "manifest.json"), join(work, "manifest.json"));

for (const name of readdirSync(join(out, "assets"))) {
  const path = join(out, "assets", name);
  const content = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
}
