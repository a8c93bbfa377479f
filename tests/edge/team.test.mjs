// Cloudflare Access before the console: who comes through it is let in by its word, and by nothing that looks like it. Its keys come from a
// server of this test, in the place of the team's; what the Worker asks others for, and where it follows them, is seen there.

import assert from "node:assert/strict";
import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { ADMIN_KEY, Edge } from "../harness/edge.mjs";

const TEAM = "https://acme.cloudflareaccess.com";
const CERTS = `${TEAM}/cdn-cgi/access/certs`;
const pair = (kid, bits = 2048) => ({ kid, ...generateKeyPairSync("rsa", { modulusLength: bits }) });
const [first, second, unknown] = [pair("first"), pair("second"), pair("unknown")];
const jwk = ({ kid, publicKey }) => ({ kid, alg: "RS256", use: "sig", ...publicKey.export({ format: "jwk" }) });
const part = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

let published = [first];
/** What the team's server answers, by address. */
let answers = {};
const asked = [];
const server = createServer((request, response) => {
  const address = request.headers["x-asked"];
  asked.push(address);
  const { status = 404, headers = {}, body = "" } = answers[address] ?? (address === CERTS ? { status: 200, body: JSON.stringify({ keys: published.map(jwk) }) } : {});
  response.writeHead(status, headers).end(body);
});

const bindings = { ACCESS_TEAM: "acme", ACCESS_AUDIENCE: "tag", ACCESS_ROLES: "ada@example.com=admin, *@shop.example=editor, deploys=editor" };
const edges = [];
const start = async (more = {}, options = {}) => {
  const outbound = `http://127.0.0.1:${server.address().port}/`;
  const edge = await Edge.start({ outbound, config: false, bindings: { ...bindings, ...more }, ...options });
  edges.push(edge);
  return edge;
};
/** One that knows keys already, and Workers that know none yet. */
let edge;
let fleet;
let used = 0;
const fresh = () => fleet.deployment(used++);
before(async () => {
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  [edge, fleet] = await Promise.all([start(), start({}, { deployments: 9 })]);
});
after(async () => {
  await Promise.all(edges.map((edge) => edge.close()));
  server.close();
});

const now = () => Math.floor(Date.now() / 1000);
function claims(more) {
  return { iss: TEAM, aud: ["tag"], email: "ada@example.com", type: "app", sub: "x", iat: now(), nbf: now(), exp: now() + 600, ...more };
}
function token(more = {}, { key = first, header = {} } = {}) {
  const signed = `${part({ alg: "RS256", kid: key.kid, typ: "JWT", ...header })}.${part(claims(more))}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key.privateKey).toString("base64url")}`;
}
const ask = async (path, text, { to = edge, headers = {}, ...init } = {}) => {
  const response = await to.fetch(path, { ...init, headers: { "cf-access-jwt-assertion": text, ...headers } });
  return { status: response.status, ...(await response.json()) };
};

test("who comes through Access is let in by name, with the role that the deployment gives; what they do stands in the record", async () => {
  const session = async (more) => {
    const { status, name, role } = await ask("/v1/session", token(more));
    return [status, name, role];
  };
  assert.deepEqual(await session({}), [200, "ada@example.com", "admin"]);
  assert.deepEqual(await session({ email: "Bo@Shop.example" }), [200, "bo@shop.example", "editor"]);
  assert.deepEqual(await session({ email: "cy@elsewhere.example" }), [200, "cy@elsewhere.example", "viewer"]);
  assert.deepEqual(await session({ email: "", common_name: "deploys" }), [200, "deploys", "editor"]);
  assert.equal((await ask("/v1/keys", token({ email: "cy@elsewhere.example" }))).status, 403);
  assert.equal((await ask("/v1/keys", token())).status, 200);
  await ask("/v1/profiles/user_id:nobody", token({ email: "cy@elsewhere.example" }));
  const { acts } = await ask("/v1/audit", token());
  assert.deepEqual([acts[0].who, acts[0].key, acts[0].right], ["cy@elsewhere.example", "access", "read_people"]);
  assert.ok(asked.length <= 2 && asked.every((address) => address === CERTS), `keys are kept: ${asked.join()}`);
});

test("what is not signed by it, for this deployment and now, opens nothing", async () => {
  const pem = first.publicKey.export({ type: "spki", format: "pem" });
  const unsigned = (header, secret) => {
    const signed = `${part(header)}.${part(claims({}))}`;
    return `${signed}.${secret === undefined ? "" : createHmac("sha256", secret).update(signed).digest("base64url")}`;
  };
  const [head, body, signature] = token().split(".");
  const tries = {
    "another application's": token({ aud: ["other"] }), "for nobody": token({ aud: [] }), "another team's": token({ iss: "https://evil.cloudflareaccess.com" }), "the team's own": token({ type: "org" }),
    "over": token({ exp: now() - 600 }), "without an end": token({ exp: undefined }), "too early": token({ nbf: now() + 600 }), "nobody's": token({ email: undefined }),
    "of an unknown key": token({}, { key: unknown }), "of an unknown key under a known name": token({}, { key: { ...unknown, kid: "first" } }), "of a key without a name": token({}, { header: { kid: undefined } }),
    "with a key of its own": token({}, { key: { ...unknown, kid: "first" }, header: { jwk: jwk(unknown), jku: "https://evil.example/keys" } }),
    "unsigned": unsigned({ alg: "none", kid: "first" }), "unsigned, written otherwise": unsigned({ alg: "nOnE", kid: "first" }), "signed with the public key": unsigned({ alg: "HS256", kid: "first" }, pem),
    "said to be RS256, signed with the public key": unsigned({ alg: "RS256", kid: "first" }, pem), "changed": `${head}.${part(claims({ email: "bo@shop.example" }))}.${signature}`, "cut": `${head}.${body}.`, "no token": "a.b.c", "empty parts": "..",
  };
  for (const [what, text] of Object.entries(tries)) {
    const { status, code } = await ask("/v1/session", text);
    assert.deepEqual([status, code], [401, "access_refused"], what);
  }
  // A key opens what it opens, whatever else is said.
  assert.equal((await ask("/v1/keys", "a.b.c", { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).status, 200);
  assert.ok(asked.every((address) => address === CERTS), "nobody's word says where keys are");
  assert.ok(asked.length <= 3, `keys are not asked for with each that is not known: ${asked.length}`);
});

test("a browser's token changes something for the console's own page alone", async () => {
  const [body, method] = [JSON.stringify({ name: "New", role: "viewer" }), "POST"];
  const change = async (more, headers) => (await ask("/v1/keys", token(more), { method, body, headers })).status;
  for (const headers of [{}, { origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }]) {
    assert.equal(await change({}, headers), 403, JSON.stringify(headers));
  }
  assert.equal(await change({}, { origin: edge.url.replace(/\/$/u, "") }), 200);
  assert.equal((await ask("/v1/profiles/user_id:x", token(), { headers: { "sec-fetch-site": "cross-site" } })).status, 403);
  // A program has no browser that could be led astray.
  assert.equal((await ask("/v1/config?dryRun=1", token({ email: "", common_name: "deploys" }), { method: "PUT", body: JSON.stringify({ files: {} }) })).status, 422);
});

test("keys that change are found, and no redirect leads the Worker astray", async () => {
  const at = async (edge, key = second) => (await ask("/v1/session", token({}, { key }), { to: edge })).status;
  published = [first, second];
  const rotated = fresh();
  assert.deepEqual([await at(rotated, first), await at(rotated, second)], [200, 200]);
  const body = JSON.stringify({ keys: [jwk(second)] });
  const moved = `${TEAM}/moved`;
  const to = (location, status = 302) => ({ status, headers: { location } });
  for (const [what, more, expected] of [
    ["moved", { [CERTS]: to("/moved", 301), [moved]: { status: 200, body } }, 200],
    ["moved to the metadata service", { [CERTS]: to("http://169.254.169.254/keys"), "http://169.254.169.254/keys": { status: 200, body } }, 503],
    ["moved to this machine, in two steps", { [CERTS]: to("/moved"), [moved]: to("https://[::ffff:127.0.0.1]/"), "https://[::ffff:127.0.0.1]/": { status: 200, body } }, 503],
    ["without encryption", { [CERTS]: to("http://acme.cloudflareaccess.com/"), "http://acme.cloudflareaccess.com/": { status: 200, body } }, 503],
    ["in a circle", { [CERTS]: to(CERTS) }, 503],
    ["without end", { [CERTS]: { status: 200, body: " ".repeat(100_000) + body } }, 503],
    ["no keys", { [CERTS]: { status: 200, body: "<html>" } }, 503],
    ["out of order", { [CERTS]: { status: 500 } }, 503],
  ]) {
    asked.length = 0;
    answers = more;
    assert.equal(await at(fresh()), expected, what);
    assert.ok(asked.every((address) => address.startsWith(TEAM)), `${what}: ${asked.join()}`);
    answers = {};
  }
});

test("a deployment without Access takes no word for it, and one that says it wrongly says so", async () => {
  const without = await start({ ACCESS_TEAM: "" });
  assert.deepEqual([(await ask("/v1/session", token(), { to: without })).code], ["unauthorized"]);
  const wrong = await start({ ACCESS_ROLES: "*=admin" });
  const { status, code, message } = await ask("/v1/session", token(), { to: wrong });
  assert.deepEqual([status, code], [503, "access_not_configured"], message);
});
