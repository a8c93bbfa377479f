// A profile is found by every name that it has or had, and by every profile id ever issued; and what names nobody says why.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { Device, Edge, shopConfig, until } from "../harness/edge.mjs";

let edge;
before(async () => {
  edge = await Edge.start();
  const files = shopConfig();
  files["identity.json"].namespaces.email = { priority: 3, unique: true };
  files["identity.json"].namespaces["crm.card_id"] = { priority: 2 };
  await edge.publish(files);
});
after(() => edge.close());

const server = (event) =>
  edge.send({ writeKey: "demo-server", batch: [{ messageId: randomUUID(), ...event }] }, { path: "/v1/batch?results=1" });
const get = async (path) => {
  const response = await edge.admin(path);
  return { status: response.status, ...(await response.json()) };
};
const find = (name) => get(`/v1/profiles/${encodeURIComponent(name)}`);
const post = async (path, body) => {
  const response = await edge.admin(path, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
};
const merge = (name, other) =>
  until(`${other} moves in with ${name}`, async () => {
    const answer = await post(`/v1/profiles/${encodeURIComponent(name)}/merge`, { with: other });
    // "Busy" says to try again; "the same" that it is done.
    return answer.status !== 409 && (await find(other)).profileId === (await find(name)).profileId;
  });

test("a name is found however it is written, and whatever characters stand in it", async () => {
  const odd = [
    "a/b", "a b", "a?b=c&d", "a#b", "100%", "%2F", "a+b", "ключ", "名前", "ü", "a:b:c", "..", "../x", "a\\b", "\"quoted\"", "a;b,c", "~!*'()", "unmerge", "x/merge",
  ];
  for (const value of odd) {
    const { answer } = await server({ type: "identify", userId: value, traits: { says: value } });
    assert.equal(answer.accepted, 1, value);
    const found = await find(`user_id:${value}`);
    assert.deepEqual([found.status, found.traits?.says], [200, value], value);
    assert.equal((await post(`/v1/profiles/${encodeURIComponent(`user_id:${value}`)}/unmerge`, { messageId: "none" })).code, "merge_not_found", value);
  }
  const userId = randomUUID();
  await server({
    type: "identify", userId, traits: { email: "Odd.Case+Tag@Example.COM", phone: "+49 (151) 123-456" },
    context: { externalIds: [{ type: "crm.card_id", id: "Card 7/b" }] },
  });
  const { profileId } = await find(`user_id:${userId}`);
  for (const name of [
    `user_id: ${userId} `, "email:odd.case+tag@example.com", "email:  ODD.CASE+TAG@EXAMPLE.COM ", "phone:+49151123456", "phone:0049 151 123456",
    "crm.card_id:Card 7/b", "crm.card_id: Card 7/b ",
  ]) {
    assert.equal((await find(name)).profileId, profileId, name);
  }
  // As a combining character and as one: the same name.
  await server({ type: "identify", userId: "Zoe\u0308" });
  assert.equal((await find("user_id:Zo\u00eb")).status, 200);
  assert.equal((await find(`user_id:${userId.toUpperCase()}`)).status, 404, "ids are exact");
});

test("old names lead on: after an alias, a merge by hand, and a new address", async () => {
  const [old, now, hand] = ["old", "now", "hand"].map((name) => `${name}-${randomUUID()}`);
  const address = (n) => `${now}-${n}@example.com`;
  await server({ type: "identify", userId: old });
  await server({ type: "alias", previousId: old, userId: now });
  const { profileId } = await find(`user_id:${now}`);
  assert.equal((await find(`user_id:${old}`)).profileId, profileId, "renamed");
  await server({ type: "identify", userId: hand });
  await merge(`user_id:${now}`, `user_id:${hand}`);
  assert.equal((await find(`user_id:${hand}`)).profileId, profileId, "retired by hand");

  for (const n of [1, 2]) await server({ type: "identify", userId: now, traits: { email: address(n) } });
  const released = await find(`email:${address(1)}`);
  assert.equal(released.profileId, profileId, "released, and nobody has shown it since");
  const state = (profile, value) => profile.identifiers.find((id) => id.value === value)?.state;
  assert.deepEqual([1, 2].map((n) => state(released, address(n))), ["released", "active"]);
  const taker = randomUUID();
  await server({ type: "identify", userId: taker, traits: { email: address(1) } });
  const taken = await until("it has changed hands", async () => {
    const found = await find(`email:${address(1)}`);
    return found.profileId !== profileId && found;
  });
  assert.equal(taken.profileId, (await find(`user_id:${taker}`)).profileId);
  assert.equal(state(await find(`user_id:${now}`), address(1)), "released", "it stays on record where it was");
});

test("a shared device's own profile is found by the name that only Selvedge gives", async () => {
  const device = new Device(edge);
  for (const user of ["first", "second"]) await device.identify(`${user}-${device.anonymousId}`);
  device.userId = undefined;
  const { batch } = await device.send([{ type: "page" }]);
  const name = `_shared_device:anonymous_id:${device.anonymousId}`;
  const profile = await until("the device has a profile of its own", async () => {
    const found = await find(name);
    return found.status === 200 && found;
  });
  assert.deepEqual(profile.timeline.events.map((event) => event.messageId), [batch[0].messageId]);
});

test("every profile id ever issued leads to whoever has what it had, and says from where", async () => {
  const users = [1, 2, 3, 4].map((n) => `${n}-${randomUUID()}`);
  const ids = [];
  for (const userId of users) {
    await server({ type: "identify", userId });
    ids.push((await find(`user_id:${userId}`)).profileId);
  }
  assert.equal((await find(`id:${ids[0]}`)).movedFrom, undefined);
  // The younger ones first, so that the redirects are a chain.
  await merge(`user_id:${users[2]}`, `user_id:${users[3]}`);
  await merge(`user_id:${users[1]}`, `user_id:${users[2]}`);
  await merge(`user_id:${users[0]}`, `user_id:${users[1]}`);
  for (const id of ids) {
    const found = await find(`id:${id}`);
    assert.deepEqual([found.status, found.profileId, found.movedFrom], [200, ids[0], id === ids[0] ? undefined : id]);
  }
});

test("whoever has moved in with somebody seven times is found at once by an old cookie, which is repaired by that", async () => {
  const names = Array.from({ length: 8 }, () => randomUUID());
  // The older survives: each moves in with the one before.
  for (const userId of names.slice(0, 7)) await server({ type: "identify", userId, traits: {} });
  const device = new Device(edge);
  await device.identify(names[7], { tier: "gold" });
  const first = (await find(`user_id:${names[7]}`)).profileId;
  // The last decision without an event: the cookie names the youngest.
  assert.equal((await device.send([], ["hero"])).decisions.length, 1);
  for (let n = 6; n >= 0; n -= 1) await merge(`user_id:${names[n]}`, `user_id:${names[n + 1]}`);
  const { profileId } = await find(`user_id:${names[0]}`);
  assert.equal((await find(`id:${first}`)).profileId, profileId);
  const calls = async () => (await edge.usage()).objectCalls;
  await edge.rest();
  const before = await calls();
  const [decided] = (await device.send([], ["hero"])).decisions;
  const moved = await calls();
  assert.notEqual(decided.reason, "unavailable");
  assert.equal((await device.send([], ["hero"])).decisions[0].offer, decided.offer);
  const again = await calls();
  assert.ok(moved - before >= 8 && again - moved <= 2, `${moved - before} calls, then ${again - moved}`);
});

test("what names nobody says why", async () => {
  const cases = [
    ["nobody", 400, /"nobody" is no identifier; write `namespace:value`/],
    ["user_id:null", 400, /blocked/],
    ["user_id:", 400, /blocked|malformed/],
    [`user_id:${"x".repeat(501)}`, 400, /too_long/],
    ["user_id:a\u0000b", 400, /malformed/],
    ["user_id:😀", 400, /malformed/],
    ["email:no-at-sign", 400, /malformed/],
    ["_unknown:x", 400, /no name that Selvedge gives/],
    ["user_id:never-seen", 404, /no profile/],
    [`id:${"0".repeat(32)}`, 404, /no profile/],
    ["id:not-an-id", 404, /no profile/],
  ];
  for (const [name, status, message] of cases) {
    const answer = await find(name);
    assert.equal(answer.status, status, name);
    assert.match(answer.message ?? answer.error.message, message, name);
  }
  for (const path of ["/v1/profiles/%E0%A4%A", "/v1/profiles/user_id%3A%FF"]) {
    assert.deepEqual([(await get(path)).status, (await get(path)).code], [400, "invalid_request"], path);
  }
});

test("who was erased is gone under every name and id, and says so", async () => {
  const [userId, moved] = [randomUUID(), randomUUID()];
  await server({ type: "identify", userId });
  const { profileId } = await find(`user_id:${userId}`);
  await server({ type: "identify", userId: moved });
  const other = (await find(`user_id:${moved}`)).profileId;
  await merge(`user_id:${userId}`, `user_id:${moved}`);
  // No request erases yet. What an erasure leaves behind is put where it would stand.
  await edge.down();
  const home = `json_extract(value, '$.me') = '${profileId}' AND kind = 'home'`;
  let erased = 0;
  for (const file of readdirSync(edge.state, { recursive: true, withFileTypes: true })) {
    if (!file.name.endsWith(".sqlite") || !file.parentPath.includes("ProfileObject")) continue;
    const database = new DatabaseSync(join(file.parentPath, file.name));
    if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'small'").get()) {
      const place = `json('{"erased":{"at":${Date.now()}}}')`;
      erased += Number(database.prepare(`UPDATE small SET value = json_set(value, '$.place', ${place}) WHERE ${home}`).run().changes);
    }
    database.close();
  }
  assert.equal(erased, 1);
  await edge.up();
  for (const name of [`user_id:${userId}`, `id:${profileId}`, `user_id:${moved}`, `id:${other}`]) {
    const answer = await find(name);
    assert.deepEqual([answer.status, answer.erased, answer.error?.code], [410, true, "profile_erased"], name);
  }
  const dry = await post(`/v1/profiles/id:${profileId}/merge`, { with: "user_id:ü", dryRun: true });
  assert.deepEqual([dry.status, dry.code], [410, "profile_erased"]);
});
