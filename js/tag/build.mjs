// Builds the tag: cargo → wasm-bindgen → wasm-opt → esbuild → brotli and gzip.
// Output directory: env TAG_OUT (default target/tag): tag.js, tag/{hash}.wasm, `.br` and `.gz` of both, sizes.json.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const targetDir = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
const out = resolve(root, process.env.TAG_OUT ?? join(targetDir, "tag"));
const work = join(targetDir, "tag-build");

const run = (command, args) =>
  execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

function wasmBindgen() {
  if (process.env.WASM_BINDGEN_BIN) return process.env.WASM_BINDGEN_BIN;
  run("cargo", ["build", "--quiet", "--package", "xtask-wasm-bindgen", "--profile", "tool"]);
  return join(targetDir, "tool", process.platform === "win32" ? "xtask-wasm-bindgen.exe" : "xtask-wasm-bindgen");
}

/** The wasm as wasm-bindgen leaves it in `work`, with the module that glues it to JavaScript. */
function compile() {
  // Not stripped before wasm-bindgen, which reads the target features from the module. Only the cdylib: cargo does no
  // link-time optimisation for a crate that is built as rlib too. Data before the stack makes addresses short.
  const link = ["--no-stack-first", "--global-base=1024", "-zstack-size=65536"];
  run("cargo", [
    "rustc", "--package", "selvedge-collector", "--crate-type", "cdylib", "--release",
    "--target", "wasm32-unknown-unknown", "--", ...link.flatMap((argument) => ["-C", `link-arg=${argument}`]),
  ]);
  // `bundler` because its glue has no loader of its own; ours is smaller and knows its file's name.
  run(wasmBindgen(), [
    join(targetDir, "wasm32-unknown-unknown/release/selvedge_collector.wasm"), "--out-dir", work,
    "--target", "bundler", "--no-typescript", "--encode-into", "always",
  ]);
}

/** The optimised wasm, and the short names of its imports (`[module, name, short]`) and exports (`[name, short]`). */
function optimise() {
  const file = join(work, "optimised.wasm");
  const wasmOpt = createRequire(import.meta.url).resolve("binaryen/bin/wasm-opt");
  const features = [
    "mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory", "bulk-memory-opt", "multivalue",
    "reference-types",
  ];
  const names = run(process.execPath, [
    wasmOpt, join(work, "selvedge_collector_bg.wasm"), "-o", file, ...features.map((name) => `--enable-${name}`),
    "--strip-debug", "--strip-producers", "--strip-target-features", "--low-memory-unused",
    "--flatten", "--rereloop", "-Oz", "-Oz", "--reorder-locals", "--reorder-functions",
    "--minify-imports-and-exports-and-modules",
  ]);
  return { wasm: readFileSync(file), ...JSON.parse(names) };
}

/** Gives esbuild the glue with short names, and all of the wasm's imports as one module. */
const glue = ({ imports, exports }) => ({
  name: "glue",
  setup(build) {
    const path = join(work, "selvedge_collector_bg.js");
    const short = new Map(exports);
    build.onResolve({ filter: /^selvedge-/ }, ({ path: name }) =>
      name === "selvedge-bridge" ? { path: join(here, "bridge.js") }
        : name === "selvedge-glue" ? { path } : { path: name, namespace: "imports" });
    build.onLoad({ filter: /_bg\.js$/ }, () => ({
      contents: readFileSync(path, "utf8").replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${short.get(name)}`),
    }));
    build.onLoad({ filter: /.*/, namespace: "imports" }, () => ({
      contents: imports
        .map(([from, name, as]) => `export { ${name} as ${as} } from "selvedge-${from === "selvedge-bridge" ? "bridge" : "glue"}";`)
        .join("\n"),
      resolveDir: here,
    }));
  },
});

async function bundleLoader(built, wasmPath) {
  const version = /^version = "(.+)"/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];
  const result = await build({
    entryPoints: [join(here, "loader.js")],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
    write: false,
    plugins: [glue(built)],
    define: {
      __VERSION__: JSON.stringify(version),
      __WASM__: JSON.stringify(wasmPath),
      __START__: JSON.stringify(new Map(built.exports).get("__wbindgen_start")),
    },
  });
  return Buffer.from(result.outputFiles[0].contents);
}

/** Writes a file with its compressed siblings and gives their sizes in bytes. */
function emit(name, content) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  const brotli = brotliCompressSync(content, { params });
  const gzip = gzipSync(content, { level: 9 });
  const path = join(out, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  writeFileSync(`${path}.br`, brotli);
  writeFileSync(`${path}.gz`, gzip);
  return { raw: content.length, gzip: gzip.length, brotli: brotli.length };
}

compile();
const built = optimise();
// Only now: an edge that serves this directory is without a tag for as short as can be.
rmSync(join(out, "tag"), { recursive: true, force: true });
const wasmPath = `tag/${createHash("sha256").update(built.wasm).digest("hex").slice(0, 16)}.wasm`;
const sizes = { "tag.js": emit("tag.js", await bundleLoader(built, wasmPath)), [wasmPath]: emit(wasmPath, built.wasm) };
const sum = (kind) => sizes["tag.js"][kind] + sizes[wasmPath][kind];
sizes.total = { raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") };
writeFileSync(join(out, "sizes.json"), `${JSON.stringify(sizes, null, 2)}\n`);
console.table(sizes);
