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
const compress = { ecma: 2022, passes: 4, pure_funcs: ["Proxy", "FinalizationRegistry"] };
const { code } = await minify(bundled.outputFiles[0].text, { module: true, ecma: 2022, compress });
writeFileSync(file, code);
