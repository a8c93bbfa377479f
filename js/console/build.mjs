// Builds the console: types of the API out of its description → tsc → Vite → brotli and gzip.
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

mkdirSync(join(here, "build"), { recursive: true });
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
