// The directory: lists across all profiles, fed by what leaves them, rebuilt from the archive.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ADMIN_KEY, Device, Edge, until } from "../harness/edge.mjs";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
const shoes = { type: "track", event: "Product Added", properties: { category: "Running shoes" } };

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const minutesAgo = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
const server = (...batch) => edge.send({ writeKey: "demo-server", batch });
const event = (more) => ({ type: "identify", messageId: randomUUID(), ...more });

async function read(path) {
  const response = await edge.admin(path);
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  return answer;
}

/** All pages of a list. */
async function all(path, field) {
  const pages = [];
  let cursor = "";
  do {
    const separator = path.includes("?") ? "&" : "?";
    const page = await read(path + (cursor && `${separator}cursor=${encodeURIComponent(cursor)}`));
    pages.push(page[field]);
    cursor = page.next;
  } while (cursor);
  return pages;
}

const refusals = async (query = "") => (await all(`/v1/refusals${query}`, "refusals")).flat();
const profiles = async (query = "") => (await all(`/v1/directory${query}`, "profiles")).flat();
const listed = async (profileId) => (await profiles()).find((row) => row.profileId === profileId);

/** What the directory must show the same after a rebuild. Numbers of events may only have become more exact. */
async function everything() {
  const counts = await read("/v1/refusals/counts");
  const { profiles: homes } = await read("/v1/directory/counts");
  const rows = (await profiles()).map(({ events, lastSeen, ...row }) => row);
  return { counts, homes, rows, refusals: await refusals() };
}

/** One profile whose `n`-th e-mail address belongs to somebody else; their refusals' times in minutes ago. */
async function refusedPerson(times) {
  const userId = randomUUID();
  const batch = [];
  for (const [n, minutes] of times.entries()) {
    const email = `${userId}-${n}@example.com`;
    batch.push(event({ userId: `${userId}-${n}`, traits: { email }, timestamp: minutesAgo(minutes + 1) }));
    batch.push(event({ userId, traits: { email }, timestamp: minutesAgo(minutes) }));
  }
  // One after another: who comes first holds the address.
  for (const one of batch) await server(one);
  return { userId, batch };
}

const people = [];

test("refused links of several people are one list, newest first, and counted by reason", async () => {
  for (const times of [[50, 20], [40, 30, 10], [25]]) people.push(await refusedPerson(times));
  const wanted = people.reduce((sum, { batch }) => sum + batch.length / 2, 0);
  const list = await until("all refusals are listed", async () => {
    const list = await refusals();
    return list.length >= wanted && list;
  });
  assert.equal(list.length, wanted);
  const times = list.map(({ at }) => at);
  assert.deepEqual(times, [...times].sort().reverse());
  for (const { userId, batch } of people) {
    const { profileId, refusals } = await edge.profile(`user_id:${userId}`);
    const mine = list.filter((one) => one.profileId === profileId).map(({ profileId, ...one }) => one);
    const newestFirst = [...refusals].sort((a, b) => (a.at < b.at ? 1 : -1));
    assert.deepEqual(mine, newestFirst.map(({ namespace, value, reason, messageId, at }) => ({ namespace, value, reason, messageId, at })));
    assert.ok(mine.every(({ messageId }) => batch.some((event) => event.messageId === messageId)));
    assert.equal((await listed(profileId)).refusals, mine.length);
  }
  assert.deepEqual(await read("/v1/refusals/counts"), { refusals: wanted, reasons: { "unique:user_id": wanted } });
});

test("pages of any size leave nothing out and repeat nothing", async () => {
  const list = await refusals();
  const rows = await profiles();
  for (const limit of [1, 2, 5, 500]) {
    const pages = await all(`/v1/refusals?limit=${limit}`, "refusals");
    assert.ok(pages.every((page, n) => page.length === limit || n === pages.length - 1));
    assert.deepEqual(pages.flat(), list);
    assert.deepEqual((await all(`/v1/directory?limit=${limit}`, "profiles")).flat(), rows);
  }
  assert.equal(new Set(rows.map(({ profileId }) => profileId)).size, rows.length);
});

test("the list is narrowed by reason, namespace and time", async () => {
  const list = await refusals();
  assert.deepEqual(await refusals("?reason=unique:user_id&namespace=email&limit=2"), list);
  assert.deepEqual(await refusals("?reason=limit:email"), []);
  assert.deepEqual(await refusals("?namespace=phone"), []);
  const since = list[2].at;
  assert.deepEqual(await refusals(`?since=${since}`), list.slice(0, 3));
  assert.deepEqual(await refusals(`?since=${Date.parse(since)}&limit=1`), list.slice(0, 3));
});

test("what can not be read is a 400 that says so, and nobody without the key gets anything", async () => {
  const wrong = { cursor: /cursor/, limit: /limit/, since: /since/, namespace: /namespace/ };
  for (const [parameter, says] of Object.entries(wrong)) {
    const response = await edge.admin(`/v1/refusals?${parameter}=No!`);
    const { code, message } = await response.json();
    assert.deepEqual([response.status, code], [400, "invalid_request"]);
    assert.match(message, says);
  }
  for (const path of ["/v1/directory?cursor=x", "/v1/directory?home=x"]) assert.equal((await edge.admin(path)).status, 400);
  for (const path of ["/v1/refusals", "/v1/refusals/counts", "/v1/directory", "/v1/directory/counts"]) {
    assert.equal((await edge.fetch(path)).status, 401, path);
    assert.equal((await edge.admin(path, { method: "DELETE" })).status, 405, path);
  }
  assert.equal((await edge.fetch("/v1/directory/rebuild", { method: "POST" })).status, 401);
  assert.equal((await edge.admin("/v1/directory/rebuild?cursor=x", { method: "POST" })).status, 400);
});

test("everything sent again changes nothing", async () => {
  await edge.rest();
  const before = [await everything(), await profiles()];
  for (const { batch } of people) for (const one of batch) await server(one);
  await edge.rest();
  assert.deepEqual([await everything(), await profiles()], before);
});

test("a merged profile is shown as forwarding and counted once", async () => {
  await edge.rest();
  const before = await read("/v1/directory/counts");
  const [first, second] = [new Device(edge), new Device(edge)];
  await first.send([{ type: "page" }, shoes]);
  await second.send([{ type: "page" }]);
  const { profileId: younger } = await edge.profile(`anonymous_id:${second.anonymousId}`);
  await until("the second device is known by itself", () => listed(younger));
  await first.identify("merged");
  await second.identify("merged");
  const { profileId: older } = await edge.profile("user_id:merged");
  const row = await until("it forwards", async () => {
    const row = await listed(younger);
    return row.home === "forwarding" && row;
  });
  assert.deepEqual([row.to, row.events, row.identifiers, row.segments], [older, 0, 0, []]);
  const survivor = await until("the survivor has it all", async () => {
    const row = await listed(older);
    return row?.identifiers === 3 && row;
  });
  assert.deepEqual([survivor.home, survivor.events, survivor.segments], ["live", 5, ["running-shoes-in-cart"]]);
  const { profiles: homes, events } = await read("/v1/directory/counts");
  assert.equal(homes.live, before.profiles.live + 1);
  assert.equal(homes.forwarding, before.profiles.forwarding + 1);
  assert.equal(events, before.events + 5);
  assert.deepEqual((await profiles("?home=forwarding")).map(({ profileId }) => profileId), [younger]);
});

test("steady events write nothing in the directory", async () => {
  const device = new Device(edge);
  // All of one hour, whenever this test runs.
  const base = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000;
  const page = (second) => ({ type: "page", timestamp: new Date(base + second * 1000).toISOString() });
  await device.send([page(0)]);
  await edge.rest();
  const rows = [];
  for (let round = 1; round <= 3; round += 1) {
    const before = await edge.usage();
    await device.send([page(round)]);
    await edge.rest();
    rows.push((await edge.usage()).rowsWritten - before.rowsWritten);
  }
  const hour = await edge.usage();
  await device.send([page(3_700)]);
  await edge.rest();
  const moved = (await edge.usage()).rowsWritten - hour.rowsWritten;
  assert.ok(rows.every((written) => written === rows[0]), `rows written: ${rows}`);
  // The next hour is told: what the profile remembers of it, its row and the numbers of its shard.
  assert.equal(moved, rows[0] + 3, `${moved} after ${rows}`);
  const { profileId } = await edge.profile(`anonymous_id:${device.anonymousId}`);
  const row = await listed(profileId);
  assert.deepEqual([row.lastSeen, row.events], [new Date(base + 3_700_000).toISOString(), 5]);
});

/** `cargo xtask directory rebuild`. */
async function rebuild(...args) {
  const env = { ...process.env, SELVEDGE_ADMIN_KEY: ADMIN_KEY };
  const { stdout } = await run("cargo", ["xtask", "directory", "rebuild", edge.url, ...args], { cwd: root, env });
  return stdout;
}

const step = async (cursor) => {
  const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
  const response = await edge.admin(`/v1/directory/rebuild${query}`, { method: "POST" });
  return { status: response.status, ...(await response.json()) };
};

test("lost as a whole, the directory is rebuilt from the archive and shows the same", { timeout: 120_000 }, async () => {
  await edge.rest();
  const before = await everything();
  await edge.down();
  const objects = readdirSync(edge.state, { recursive: true }).filter((path) => path.endsWith("DirectoryObject"));
  assert.equal(objects.length, 1);
  rmSync(join(edge.state, objects[0]), { recursive: true });
  await edge.up();
  assert.deepEqual(await profiles(), []);
  assert.deepEqual(await read("/v1/refusals/counts"), { refusals: 0, reasons: {} });

  assert.match(await rebuild(), /the directory is rebuilt: \d+ events in \d+ files read, \d+ profiles asked\n/);
  assert.deepEqual(await everything(), before);
  for (const row of (await profiles()).filter(({ home }) => home === "live")) {
    const { computed, lastSeen } = await edge.profile(`id:${row.profileId}`);
    assert.deepEqual([row.events, row.lastSeen], [computed.events, lastSeen]);
  }
});

test("a rebuild shows nothing half, keeps what arrives meanwhile, and can be cut off and repeated at every step", { timeout: 120_000 }, async () => {
  await edge.rest();
  const before = await everything();
  let { cursor } = await step();
  const late = await refusedPerson([5]);
  await until("the new refusal is listed", async () => (await refusals()).length === before.refusals.length + 1);
  await edge.rest();
  const during = await everything();
  for (let done = false, steps = 0; !done; steps += 1) {
    assert.ok(steps < 20);
    assert.deepEqual(await everything(), during, cursor);
    const [once, again] = [await step(cursor), await step(cursor)]; // the first answer was lost
    assert.deepEqual([once.status, again.status], [200, 200], JSON.stringify(again));
    assert.equal(again.done, once.done);
    ({ cursor, done } = again);
  }
  assert.deepEqual(await everything(), during);
  const { profileId } = await edge.profile(`user_id:${late.userId}`);
  assert.equal((await listed(profileId)).refusals, 1);
});

test("of two rebuilds the one begun last goes on, and one that was left goes on by its cursor", { timeout: 120_000 }, async () => {
  const before = await everything();
  const first = await step();
  const second = await step();
  const stale = await step(first.cursor);
  assert.deepEqual([stale.status, stale.code], [409, "rebuild_superseded"]);
  await edge.kill();
  await edge.up();
  await rebuild(second.cursor);
  assert.deepEqual(await everything(), before);
});
