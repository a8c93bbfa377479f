// Who may do what: the deployment's key, keys that are made for people, and sessions of the console.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_KEY, Edge } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const as = (key) => ({ authorization: `Bearer ${key}` });
const json = (method, body) => ({ method, body: JSON.stringify(body) });

/** A key of a role, and its id. */
async function makeKey(role, name = `A ${role}`) {
  const answer = await (await edge.admin("/v1/keys", json("POST", { name, role }))).json();
  assert.equal(answer.made.role, role);
  return { key: answer.key, id: answer.made.id };
}

const signIn = (key) => edge.fetch("/v1/session", json("POST", { key }));

/** The cookie of a session, as a browser sends it. */
async function session(key) {
  const response = await signIn(key);
  assert.equal(response.status, 200);
  return response.headers.get("set-cookie").split(";")[0];
}

const home = () => new URL(edge.url).origin;

/** Each with the least role that may; the answer to who may is none of 401 and 403. */
const ACTIONS = {
  "GET /v1/profiles/user_id:nobody": "viewer",
  "GET /v1/profiles/user_id:nobody/export": "viewer",
  "GET /v1/config": "viewer",
  "GET /v1/config/versions": "viewer",
  "GET /v1/config/versions/1": "viewer",
  "GET /v1/config/versions/1/changes": "viewer",
  "GET /v1/intake": "viewer",
  "GET /v1/directory": "viewer",
  "GET /v1/directory/counts": "viewer",
  "GET /v1/segments": "viewer",
  "GET /v1/segments/backfill": "viewer",
  "POST /v1/segments/estimate": "viewer",
  "POST /v1/segments/backfill": "admin",
  "GET /v1/refusals": "viewer",
  "GET /v1/refusals/counts": "viewer",
  "GET /v1/dead-letters": "viewer",
  "GET /v1/usage": "viewer",
  "GET /v1/accounts/none": "viewer",
  "GET /v1/quarantine": "viewer",
  "POST /v1/identity/dry-run": "viewer",
  "PUT /v1/config": "editor",
  "POST /v1/config/versions/99/restore": "editor",
  "POST /v1/profiles/user_id:nobody/merge": "editor",
  "POST /v1/profiles/user_id:nobody/unmerge": "editor",
  "POST /v1/profiles/user_id:nobody/erase": "admin",
  "GET /v1/archive": "admin",
  "GET /v1/archive/file": "admin",
  "POST /v1/replay": "admin",
  "POST /v1/directory/rebuild": "admin",
  "POST /v1/dead-letters/redrive": "admin",
  "GET /v1/dead-letters/none": "admin",
  "DELETE /v1/dead-letters/none": "admin",
  "POST /v1/quarantine/release": "admin",
  "GET /v1/audit": "admin",
  "GET /v1/keys": "admin",
  "POST /v1/keys": "admin",
  "DELETE /v1/keys/none": "admin",
};
const ROLES = ["viewer", "editor", "admin"];

test("every role may do what the table says, and nothing else; nobody may do anything", async () => {
  const keys = {};
  for (const role of ROLES) keys[role] = (await makeKey(role)).key;
  for (const [action, least] of Object.entries(ACTIONS)) {
    const [method, path] = action.split(" ");
    // Not even JSON: nothing changes, whoever asks.
    const ask = (headers) => edge.fetch(path, { method, headers, ...(method !== "GET" && { body: "{" }) });
    assert.equal((await ask({})).status, 401, action);
    for (const role of ROLES) {
      const { status } = await ask(as(keys[role]));
      const may = ROLES.indexOf(role) >= ROLES.indexOf(least);
      assert.equal(![401, 403].includes(status), may, `${role}: ${action}: ${status}`);
    }
  }
});

test("a key is shown once, kept as a hash, noted when it is used, and good for nothing when it is taken back", async () => {
  const { key, id } = await makeKey("viewer", "Ada");
  const listed = async () => (await (await edge.admin("/v1/keys")).json()).keys.find((one) => one.id === id);
  assert.equal((await listed()).lastUsedAt, null);
  assert.equal((await edge.fetch("/v1/session", { headers: as(key) })).status, 200);
  const { lastUsedAt, ...rest } = await listed();
  assert.ok(Date.now() - Date.parse(lastUsedAt) < 10_000);
  assert.deepEqual({ ...rest, createdAt: 0 }, { id, name: "Ada", role: "viewer", rights: null, expiresAt: null, createdAt: 0, createdBy: "Deployment key", revokedAt: null });
  assert.ok(!JSON.stringify(await (await edge.admin("/v1/keys")).json()).includes(key.slice(-20)));

  const cookie = await session(key);
  assert.equal((await edge.admin(`/v1/keys/${id}`, { method: "DELETE" })).status, 200);
  assert.equal((await edge.fetch("/v1/session", { headers: as(key) })).status, 401);
  assert.equal((await edge.fetch("/v1/session", { headers: { cookie } })).status, 401, "its sessions end with it");
  assert.equal((await signIn(key)).status, 401);
});

test("a session's cookie can't be read by scripts, nor sent by other sites, and is over after a working day", async () => {
  const response = await signIn(ADMIN_KEY);
  assert.match(response.headers.get("set-cookie"), /^selvedge_console=[\w.-]+; Path=\/v1; Max-Age=43(200|199); HttpOnly; SameSite=Strict$/);
  const { key, role, rights, until } = await response.json();
  assert.equal(key, "deployment");
  assert.equal(role, "admin");
  assert.ok(rights.includes("manage_keys"));
  assert.ok(Math.abs(Date.parse(until) - Date.now() - 12 * 3_600_000) < 60_000);
  const out = await edge.fetch("/v1/session", { method: "DELETE" });
  assert.match(out.headers.get("set-cookie"), /^selvedge_console=; Path=\/v1; Max-Age=0; HttpOnly/);
});

test("what is no key of ours, or a session's value that somebody has changed, opens nothing", async () => {
  const { key } = await makeKey("viewer");
  const bad = ["", "selvedge_", key.slice(0, -1), `${key}x`, key.replace("selvedge_", ""), "x".repeat(5_000), `${ADMIN_KEY} x`];
  for (const wrong of bad) assert.equal((await signIn(wrong)).status, 401, wrong);
  const cookie = await session(key);
  const [name, value] = cookie.split("=");
  const [payload, mac] = value.split(".");
  const said = JSON.parse(Buffer.from(payload, "base64url"));
  const forged = Buffer.from(JSON.stringify({ ...said, r: "admin" })).toString("base64url");
  for (const wrong of [`${forged}.${mac}`, `${payload}.`, payload, key, "null"]) {
    assert.equal((await edge.fetch("/v1/session", { headers: { cookie: `${name}=${wrong}` } })).status, 401, wrong);
  }
});

test("a session changes something only for a request of the console's own origin", async () => {
  const cookie = await session(ADMIN_KEY);
  const make = (headers) => edge.fetch("/v1/keys", { ...json("POST", { name: "Forged", role: "admin" }), headers: { cookie, ...headers } });
  const status = async (headers) => (await make(headers)).status;
  assert.equal(await status({ origin: home() }), 200);
  for (const origin of ["https://evil.example", "null", `${home()}.evil.example`, home().replace(/\d+$/, "1")]) {
    assert.equal(await status({ origin }), 403, origin);
  }
  const { code } = await (await make({ origin: "https://evil.example" })).json();
  assert.equal(code, "other_origin");
});

test("a viewer sees the key of a page, and not that of a server", async () => {
  const keyOf = async (path, key, source) => {
    const { files } = await (await edge.fetch(path, { headers: as(key) })).json();
    return files["sources.json"].sources.find(({ id }) => id === source).writeKey;
  };
  const [viewer, editor] = [(await makeKey("viewer")).key, (await makeKey("editor")).key];
  for (const path of ["/v1/config", "/v1/config/versions/1"]) {
    assert.equal(await keyOf(path, viewer, "shop"), "demo");
    assert.equal(await keyOf(path, viewer, "pos"), "••••••");
    assert.equal(await keyOf(path, editor, "pos"), "demo-server");
  }
  const changes = await (await edge.fetch("/v1/config/versions/1/changes", { headers: as(viewer) })).text();
  assert.ok(!changes.includes("demo-server"));
});
