// The npm packages of the workspace in js/, for files that live outside it.

import { createRequire } from "node:module";

const require = createRequire(new URL("../../js/package.json", import.meta.url));

export const { chromium } = require("playwright-core");
export const esbuild = require("esbuild");
export const fc = require("fast-check");
export const wrangler = require("wrangler");
// Miniflare is wrangler's own dependency: the same version that `wrangler dev` runs.
export const { Miniflare, Response, convertV4MiniflareOptions } = createRequire(require.resolve("wrangler"))("miniflare");
export const yaml = require("yaml");
export const tcf = require("@iabtcf/core");
export const gpp = require("@iabgpp/cmpapi");
export const { Ajv2020: Ajv } = require("ajv/dist/2020.js");
export const { default: formats } = require("ajv-formats");
