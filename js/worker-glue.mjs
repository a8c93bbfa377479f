// Makes the Worker's JavaScript smaller: `node js/worker-glue.mjs <index.js> <wrangler.toml>`. wasm-bindgen writes a class for everything
// that a crate exports, also what the `worker` crate has for others' use; here stay the handlers and the objects that wrangler.toml names.

import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { minify } from "terser";

const [file, settings] = process.argv.slice(2);
const objects = new Set(Array.from(readFileSync(settings, "utf8").matchAll(/class_name = "(\w+)"/g), ([, name]) => name));
const glue = readFileSync(file, "utf8");
// Of what has a `free` it can be called at the end of a block (`using`): nobody does, and it would keep each class.
const disposal = /Symbol\.dispose&&\(([\w$]+)\.prototype\[Symbol\.dispose\]=\1\.prototype\.free\);/g;

const bundled = await build({
  stdin: { contents: `export { default, ${[...objects].join(", ")} } from "glue";`, resolveDir: "." },
  plugins: [{
    name: "glue",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^glue$/ }, () => ({ path: "glue", namespace: "glue" }));
      onLoad({ filter: /^glue$/, namespace: "glue" }, () => ({ contents: glue.replace(disposal, "") }));
    },
  }],
  bundle: true,
  format: "esm",
  external: ["./index_bg.wasm", "cloudflare:*", "node:*"],
  write: false,
});
// Whoever makes one of these and keeps it nowhere wants nothing of it.
const pure_funcs = ["Proxy", "FinalizationRegistry"];
const smaller = async (code, compress) => (await minify(code, { module: true, compress })).code;
// Once more without that: terser leaves more as it is where something is pure.
writeFileSync(file, await smaller(await smaller(bundled.outputFiles[0].text, { passes: 4, pure_funcs }), { passes: 4 }));
