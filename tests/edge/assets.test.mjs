// The tag as browsers fetch it, and what else lies beside it, which nobody may.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { Edge } from "../harness/edge.mjs";

const DECODE = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes) => bytes };

let edge;
before(async () => (edge = await Edge.start({ config: false })));
after(() => edge.close());

/** A request as it stands: `fetch` would unpack the answer, and tidy the path up. */
function get(path, headers = {}, method = "GET") {
  const { hostname, port } = new URL(edge.url);
  return new Promise((done, fail) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    sent.on("error", fail).end();
  });
}

async function variants(path) {
  const bodies = {};
  for (const [encoding, decode] of Object.entries(DECODE)) {
    const { status, headers, body } = await get(path, { "accept-encoding": encoding });
    assert.equal(status, 200, `${path} as ${encoding}`);
    assert.equal(headers["content-encoding"] ?? "identity", encoding);
    assert.match(headers.vary, /accept-encoding/i);
    bodies[encoding] = { raw: body, plain: decode(body) };
  }
  return bodies;
}

async function wasmPath() {
  const { body } = await get("/tag.js");
  for (const hash of body.toString().match(/[\w+/]{43}=/g) ?? []) {
    const path = `/tag/${hash.replace(/\W/g, "").slice(0, 16)}.wasm`;
    if ((await get(path)).status === 200) return path;
  }
  assert.fail("tag.js names its wasm by its hash");
}

test("the loader is a script that browsers keep for hours, not for ever", async () => {
  const { status, headers, body } = await get("/tag.js");
  assert.equal(status, 200);
  assert.match(headers["content-type"], /^text\/javascript/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  const [, maxAge] = headers["cache-control"].match(/max-age=(\d+)/);
  assert.ok(maxAge >= 60 && maxAge <= 24 * 60 * 60, maxAge);
  assert.doesNotMatch(headers["cache-control"], /immutable/);
  assert.match(body.toString(), /selvedge/);
});

test("the loader for sites that are on analytics.js is also where Segment's snippet asks for theirs", async () => {
  const { body, headers } = await get("/analytics.js");
  assert.match(body.toString(), /analytics/);
  assert.doesNotMatch(headers["cache-control"], /immutable/);
  const theirs = await get("/analytics.js/v1/demo/analytics.min.js");
  assert.ok(theirs.body.equals(body));
  assert.equal(theirs.headers["cache-control"], headers["cache-control"]);
  for (const path of ["/analytics.js/v1/", "/analytics.js/v1/a/b/analytics.min.js", "/analytics.js/v2/demo/analytics.min.js"])
    assert.equal((await get(path)).status, 404, path);
});

test("pages on other origins may load the tag", async () => {
  for (const path of ["/tag.js", await wasmPath()]) {
    const { headers } = await get(path, { origin: "https://shop.example" });
    assert.equal(headers["access-control-allow-origin"], "*");
    assert.equal(headers["cross-origin-resource-policy"], "cross-origin");
  }
});

test("brotli, gzip and plain are the same loader, each smaller than the next", async () => {
  const { br, gzip, identity } = await variants("/tag.js");
  assert.ok(br.plain.equals(identity.plain));
  assert.ok(gzip.plain.equals(identity.plain));
  assert.ok(br.raw.length < gzip.raw.length && gzip.raw.length < identity.raw.length);
});

test("the wasm that the loader names is served for ever, as wasm, in every encoding", async () => {
  const path = await wasmPath();
  const { headers } = await get(path);
  assert.equal(headers["content-type"], "application/wasm"); // streaming compilation asks for exactly this
  assert.match(headers["cache-control"], /max-age=31536000.*immutable/);
  const { br, gzip, identity } = await variants(path);
  assert.ok(br.plain.equals(identity.plain));
  assert.ok(gzip.plain.equals(identity.plain));
  assert.ok(br.raw.length < gzip.raw.length && gzip.raw.length < identity.raw.length);
  assert.ok(WebAssembly.validate(identity.plain));
});

test("whatever has its hash in its name is kept for ever, and only that", async () => {
  const { total, ...built } = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../target/tag/sizes.json"), "utf8"));
  const types = { js: /^text\/javascript/, wasm: /^application\/wasm$/ };
  for (const { file } of Object.values(built)) {
    const { status, headers } = await get(`/${file}`, {}, "HEAD");
    assert.equal(status, 200, file);
    assert.match(headers["content-type"], types[file.split(".").at(-1)], file);
    assert.equal(headers["access-control-allow-origin"], "*", file);
    assert.equal(headers["cache-control"], file.startsWith("tag/") ? "public, max-age=31536000, immutable" : "public, max-age=3600, stale-while-revalidate=86400", file);
  }
  assert.equal(Object.values(built).filter(({ file }) => !file.startsWith("tag/")).length, 2, "the two loaders");
});

test("what a browser accepts decides, and compressing was done at build time", async () => {
  const built = (suffix) => readFileSync(resolve(import.meta.dirname, `../../target/tag/tag.js${suffix}`));
  const cases = [["br, gzip", "br", ".br"], ["gzip, deflate", "gzip", ".gz"], ["deflate", undefined, ""], [undefined, undefined, ""]];
  for (const [accepted, encoding, suffix] of cases) {
    const { headers, body } = await get("/tag.js", accepted ? { "accept-encoding": accepted } : {});
    assert.equal(headers["content-encoding"], encoding, accepted);
    assert.ok(body.equals(built(suffix)), accepted);
  }
});

test("HEAD says what GET would, without the body", async () => {
  const [head, full] = [await get("/tag.js", {}, "HEAD"), await get("/tag.js")];
  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
  assert.equal(head.headers["content-type"], full.headers["content-type"]);
});

test("a wasm of another build is not there, and nobody remembers that for long", async () => {
  for (const path of ["/tag/0123456789abcdef.wasm", "/tag/x", "/tag/", "/tag/x.js"]) {
    const { status, headers, body } = await get(path);
    assert.equal(status, 404, path);
    assert.equal(JSON.parse(body).code, "not_found");
    assert.equal(headers["cache-control"], "no-store", path);
  }
});

test("nothing but the tag is served, whatever the path tries", async () => {
  const wasm = await wasmPath();
  const tries = [
    "/sizes.json", "/tag/sizes.json", "/tag/../sizes.json", "/tag/%2e%2e/sizes.json", "/tag/..%2fsizes.json",
    "/tag/..%2Fsizes.json%3f.js", "/tag/..%5csizes.json", "/tag/..;/sizes.json", "/tag//sizes.json", "/tag/./../sizes.json",
    "/tag/../wrangler.toml", "/tag/%2e%2e/wrangler.toml", "/tag/..%2f..%2fwrangler.toml", "/tag/%252e%252e/wrangler.toml",
    "/tag/../../edge-worker/.dev.vars", "/tag/..%2f..%2fedge-worker%2f.dev.vars", "/wrangler.toml", "/.dev.vars",
    "/tag.js.br", "/tag.js.gz", `${wasm}.br`, `${wasm}.gz`, "/tag/..%2ftag.js", "/tag", "/TAG.JS", "/",
  ];
  for (const path of tries) {
    const { status, body } = await get(path);
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
    assert.doesNotMatch(body.toString(), /brotli|SELVEDGE_SECRET|\[env/, path);
  }
});

test("the console is one page for all its paths, under a policy that lets nothing inline run", async () => {
  const { status, headers, body } = await get("/console");
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "text/html; charset=utf-8");
  assert.equal(headers["cache-control"], "no-store");
  const policy = headers["content-security-policy"];
  const [, nonce] = policy.match(/style-src 'self' 'nonce-([\w+/=]{20,})'/);
  assert.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';.*frame-ancestors 'none'$/);
  assert.doesNotMatch(policy, /'unsafe-/);
  assert.ok(body.toString().includes(`nonce="${nonce}"`) && !body.toString().includes("__NONCE__"));
  assert.doesNotMatch(body.toString(), /<script(?![^>]* src=)/);
  const deep = await get("/console/people/user_id:7?x=1");
  assert.equal(deep.status, 200);
  assert.ok(!deep.body.toString().includes(nonce), "each answer has a value of its own");
  assert.equal((await get("/consoles")).status, 404);
});

test("content is looked at in a sandbox, in which no script of its own runs", async () => {
  const { status, headers, body } = await get("/console/frame");
  assert.equal(status, 200);
  const policy = headers["content-security-policy"];
  assert.match(policy, /^sandbox allow-scripts; default-src 'none'; script-src 'nonce-[\w+/=]{20,}';.*frame-ancestors 'self'$/);
  assert.doesNotMatch(policy, /allow-same-origin|connect-src/);
  assert.ok(!body.toString().includes("__NONCE__"));
});

test("the console's files never change under their names", async () => {
  const { body } = await get("/console/");
  const files = [...body.toString().matchAll(/(?:src|href)="(\/console\/assets\/[\w.-]+)"/g)].map(([, path]) => path);
  assert.ok(files.some((path) => path.endsWith(".js")) && files.some((path) => path.endsWith(".css")));
  for (const path of files.filter((path) => /\.(js|css)$/.test(path))) {
    const { headers } = await get(path);
    assert.match(headers["cache-control"], /max-age=31536000.*immutable/);
    assert.equal(headers["access-control-allow-origin"], undefined);
    const { br, identity } = await variants(path);
    assert.ok(br.plain.equals(identity.plain));
  }
  for (const path of ["/console/assets/none.js", "/console/assets/", "/console/assets/..%2findex.html", "/console/manifest.json.js"]) {
    const { status, headers } = await get(path);
    assert.ok(path.startsWith("/console/assets/") ? status === 404 : headers["content-type"].startsWith("text/html"), path);
  }
});
