// Keys that may less and end, and the record of who has asked for what.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, until } from "../harness/edge.mjs";
import { contents } from "../harness/storage.mjs";

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const as = (key) => ({ authorization: `Bearer ${key}` });
const make = async (body) => {
  const response = await edge.admin("/v1/keys", { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
};
const inMs = (ms) => new Date(Date.now() + ms).toISOString();
const acts = async (query = "") => (await (await edge.admin(`/v1/audit${query}`)).json()).acts;

test("a key may no more than it was made for, whatever its role", async () => {
  const { key, made } = await make({ name: "Monitor", role: "admin", rights: ["read_health"] });
  assert.deepEqual(made.rights, ["read_health"]);
  const ask = (path, method = "GET") => edge.fetch(path, { method, headers: as(key), ...(method !== "GET" && { body: "{" }) });
  assert.equal((await ask("/v1/usage")).status, 200);
  for (const [path, method] of [["/v1/profiles/user_id:x"], ["/v1/config"], ["/v1/keys"], ["/v1/keys", "POST"], ["/v1/audit"], ["/v1/config", "PUT"]]) {
    const response = await ask(path, method);
    assert.deepEqual([response.status, (await response.json()).code], [403, "out_of_scope"], `${method} ${path}`);
  }
  const who = await (await edge.fetch("/v1/session", { headers: as(key) })).json();
  assert.deepEqual(who.rights, ["read_health"]);
  // A session is no more than its key.
  const signedIn = await edge.fetch("/v1/session", { method: "POST", body: JSON.stringify({ key }) });
  assert.deepEqual((await signedIn.json()).rights, ["read_health"]);
  const cookie = signedIn.headers.get("set-cookie").split(";")[0];
  const home = { cookie, "sec-fetch-site": "same-origin" };
  assert.equal((await edge.fetch("/v1/usage", { headers: home })).status, 200);
  assert.equal((await (await edge.fetch("/v1/keys", { headers: home })).json()).code, "out_of_scope");
});

test("a key ends when it was said to, and its sessions with it", async () => {
  const end = Date.now() + 5_000;
  const { key, made } = await make({ name: "Guest", role: "viewer", expiresAt: new Date(end).toISOString() });
  assert.equal(Date.parse(made.expiresAt), end);
  const signedIn = await edge.fetch("/v1/session", { method: "POST", body: JSON.stringify({ key }) });
  const { until: over } = await signedIn.json();
  assert.equal(Date.parse(over), end, "the session is over with the key");
  const cookie = signedIn.headers.get("set-cookie").split(";")[0];
  const status = async (headers) => (await edge.fetch("/v1/session", { headers })).status;
  assert.deepEqual([await status(as(key)), await status({ cookie })], [200, 200]);
  // Not a moment longer than it was said to.
  await until("its time is over", () => Date.now() >= end);
  assert.deepEqual([await status(as(key)), await status({ cookie })], [401, 401]);
});

test("a key that could never be of use is not made", async () => {
  const wrong = [
    { name: "x", role: "viewer", rights: ["erase"] }, { name: "x", role: "viewer", rights: [] }, { name: "x", role: "viewer", rights: ["fly"] },
    { name: "x", role: "viewer", expiresAt: inMs(-1_000) }, { name: "x", role: "viewer", expiresAt: "soon" },
    { name: "x", role: "viewer", hash: "mine" }, { name: "x", role: "viewer", createdBy: "me" },
  ];
  for (const body of wrong) assert.equal((await make(body)).status, 400, JSON.stringify(body));
});

test("every change and every look at a person is in the record, with whose key it was, and looks at nobody are not", async () => {
  const { key, made } = await make({ name: "Curious", role: "viewer" });
  const userId = `ada-${randomUUID()}@example.com`;
  const device = new Device(edge);
  await device.identify(userId);
  const name = encodeURIComponent(`user_id:${userId}`);
  const look = (path) => edge.fetch(path, { headers: as(key) });
  assert.equal((await look(`/v1/profiles/${name}`)).status, 200);
  await (await look(`/v1/profiles/${name}/export`)).text();
  await look("/v1/profiles/user_id:nobody");
  await look("/v1/directory");
  await look("/v1/usage");
  await look("/v1/config");
  const mine = (await acts()).filter((act) => act.key === made.id);
  assert.deepEqual(mine.map(({ method, path, right, who }) => [method, path, right, who]), [
    ["GET", "/v1/directory", "read_people", "Curious"], ["GET", "/v1/profiles/…", "read_people", "Curious"],
    ["GET", "/v1/profiles/…/export", "read_people", "Curious"], ["GET", "/v1/profiles/…", "read_people", "Curious"],
  ]);
  // Who has looked at this person? By any spelling of the name, and by nothing else.
  const about = await acts(`?about=${name}`);
  assert.deepEqual(about.map((act) => act.path), ["/v1/profiles/…/export", "/v1/profiles/…"]);
  assert.deepEqual(await acts(`?about=${encodeURIComponent(`user_id:${randomUUID()}`)}`), []);
  assert.equal((await edge.admin("/v1/audit?about=nobody")).status, 400);

  assert.equal((await edge.admin(`/v1/profiles/${name}/erase`, { method: "POST", body: "{}" })).status, 200);
  const [erased] = await acts(`?about=${name}`);
  assert.deepEqual([erased.method, erased.path, erased.right, erased.who], ["POST", "/v1/profiles/…/erase", "erase", "Deployment key"]);
  assert.ok(!JSON.stringify(await acts("?limit=500")).includes(userId));
});

test("what may not be done, or is only tried, is not in the record; and the record is read by admins", async () => {
  const { key, made } = await make({ name: "Junior", role: "viewer" });
  assert.equal((await edge.fetch("/v1/keys", { method: "POST", headers: as(key), body: "{}" })).status, 403);
  assert.equal((await edge.fetch("/v1/audit", { headers: as(key) })).status, 403);
  const before = (await acts())[0];
  for (const tried of ["true", "1"]) await edge.admin(`/v1/config?dryRun=${tried}`, { method: "PUT", body: JSON.stringify({ files: {} }) });
  assert.deepEqual((await acts())[0], before);
  // Only a publication can be tried so: whoever looks at somebody has looked.
  await edge.admin("/v1/profiles/user_id:looked-at?dryRun=true");
  const [looked] = await acts();
  assert.deepEqual([looked.method, looked.path], ["GET", "/v1/profiles/…"]);
  assert.deepEqual((await acts()).filter((act) => act.key === made.id), []);
});

test("it comes in pages, newest first", async () => {
  for (let n = 0; n < 5; n += 1) await edge.admin(`/v1/profiles/user_id:page-${n}`);
  const all = await acts("?limit=500");
  const pages = [];
  let cursor = "";
  do {
    const page = await (await edge.admin(`/v1/audit?limit=2${cursor && `&cursor=${cursor}`}`)).json();
    assert.ok(page.acts.length <= 2);
    pages.push(...page.acts);
    cursor = page.next;
  } while (cursor);
  assert.deepEqual(pages, all);
  const times = all.map((act) => act.at);
  assert.deepEqual(times, times.toSorted().reverse());
});

test("no identifier stands in the database of the record", async () => {
  const userId = `grace-${randomUUID()}`;
  await edge.admin(`/v1/profiles/user_id:${userId}`);
  await edge.down();
  const [workspace] = contents(edge.state).filter(({ kind }) => kind === "WorkspaceObject");
  assert.ok(workspace.bytes.includes("/v1/profiles/"));
  assert.ok(!workspace.bytes.includes(userId));
  await edge.up();
});
