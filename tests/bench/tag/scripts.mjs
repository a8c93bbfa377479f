// What the sink of a client serves: the client from npm as a site's bundler makes it, or the built tag.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const root = resolve(import.meta.dirname, "../../..");
const { build } = createRequire(join(root, "js/package.json"))("esbuild");

const TYPES = { js: "text/javascript; charset=utf-8", wasm: "application/wasm" };

function served(name, body) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  return { type: TYPES[name.split(".").pop()] ?? "application/octet-stream", brotli: brotliCompressSync(body, { params }) };
}

/** A client may need a word in one of its files changed to reach a sink on this machine. */
const rewriting = ({ file, from, to }) => ({
  name: "rewriting",
  setup(build) {
    build.onLoad({ filter: file }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      if (!source.includes(from)) throw new Error(`${path} says nothing of ${from}`);
      return { contents: source.replaceAll(from, to) };
    });
  },
});

/** Of a package's files only what is used, though the package doesn't say that they do nothing by themselves. */
const shaking = {
  name: "shaking",
  setup(build) {
    build.onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === shaking || from.kind === "entry-point") return undefined;
      return { ...(await build.resolve(path, { ...from, pluginData: shaking })), sideEffects: false };
    });
  },
};

/** `peers/<name>/client.js` with what it imports; what that loads later stays apart. */
async function bundled({ name, rewrite, shaken }) {
  const outdir = "/client";
  const { outputFiles } = await build({
    stdin: {
      contents: `import { start } from "./peers/${name}/client.js"; begin(start(new URL(import.meta.url).origin));`,
      resolveDir: import.meta.dirname,
    },
    entryNames: "main",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    plugins: [...(rewrite ? [rewriting(rewrite)] : []), ...(shaken ? [shaking] : [])],
    define: { "process.env.NODE_ENV": '"production"' },
    outdir,
    write: false,
    logLevel: "error",
  });
  return outputFiles.map(({ path, contents }) => [path, served(path, contents)]);
}

/** The tag as the build leaves it: its script, and the folder beside it. */
function tag() {
  const folder = resolve(root, process.env.TAG_OUT ?? "target/tag");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(js|wasm)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [`/${relative(folder, file)}`, served(file, readFileSync(file))]);
}

/**
 * @param {object} peer
 * @returns {Promise<Map<string, { type: string, brotli: Buffer }>>} by path
 */
export const scriptsOf = async (peer) => new Map(peer.built ? tag() : await bundled(peer));
