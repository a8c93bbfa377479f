// A definition that changes reaches those who do not come by: the directory asks all profiles, goes on after a crash, and says how far it
// is. An import of a list does the same.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { Edge, shopConfig, until } from "../harness/edge.mjs";
import { databases } from "../harness/storage.mjs";

const PEOPLE = 300;

let edge;
let files;
before(async () => {
  edge = await Edge.start({ config: false });
  files = shopConfig();
  files["audiences/vip.json"] = { id: "vip", name: "VIP", namespace: "email" };
  await edge.publish(files);
  const events = [];
  for (let n = 0; n < PEOPLE; n += 1) {
    events.push({ type: "identify", messageId: randomUUID(), userId: `p-${n}`, traits: { n, email: `p-${n}@example.com` } });
    if (n % 2) events.push({ type: "track", event: "Article Read", messageId: randomUUID(), userId: `p-${n}`, properties: {} });
  }
  for (let first = 0; first < events.length; first += 100) {
    const { status } = await edge.send({ writeKey: "demo-server", batch: events.slice(first, first + 100) });
    assert.equal(status, 200);
  }
  await until("the directory knows them all", async () => (await read("/v1/directory/counts")).profiles.live === PEOPLE);
  await edge.rest();
});
after(() => edge.close());

const read = async (path) => (await edge.admin(path)).json();
const backfill = () => read("/v1/segments/backfill");
const publish = async (id, rule) => {
  files[`segments/${id}.json`] = { id, name: id, rule };
  return (await edge.publish(files)).version;
};
const finished = (version) =>
  until(`all go by version ${version}`, async () => {
    const walk = await backfill();
    return walk.config === version && walk.finishedAt && walk;
  });

/** Rows of the directory, without a word to any profile. */
async function rows() {
  const all = [];
  let cursor = "";
  do {
    const page = await read(`/v1/directory?home=live&limit=500${cursor && `&cursor=${cursor}`}`);
    all.push(...page.profiles);
    cursor = page.next;
  } while (cursor);
  return all;
}
const members = async (id) => (await rows()).filter(({ segments }) => segments.includes(id)).map(({ profileId }) => profileId);
const changes = async (name, id) => (await edge.profile(name)).segmentChanges.filter(({ segment }) => segment === id).map(({ entered, how }) => [entered, how]);

test("profiles that nobody touched enter a new segment, and leave one that changed, and their number is right when it is over", async () => {
  const version = await publish("readers", { performed: { event: "Article Read" } });
  const walk = await finished(version);
  assert.deepEqual([walk.total, walk.done, walk.unanswered], [PEOPLE, PEOPLE, 0]);
  assert.ok(walk.rate > 0 && walk.startedAt <= walk.finishedAt);
  assert.equal((await members("readers")).length, PEOPLE / 2);
  assert.equal((await read("/v1/segments")).segments.find(({ id }) => id === "readers").members, PEOPLE / 2);
  assert.deepEqual(await changes("user_id:p-1", "readers"), [[true, "backfill"]]);
  await finished(await publish("readers", { all: [{ performed: { event: "Article Read" } }, { traits: { n: { $lt: 100 } } }] }));
  assert.equal((await members("readers")).length, 50);
  assert.deepEqual(await changes("user_id:p-101", "readers"), [[true, "backfill"], [false, "backfill"]]);
  assert.deepEqual(await changes("user_id:p-1", "readers"), [[true, "backfill"]]);
});

test("what leaves segments as they are asks nobody; by hand all are asked again, and nothing changes", async () => {
  const before = await backfill();
  const offer = Object.keys(files).find((name) => name.startsWith("offers/"));
  files[offer] = { ...files[offer], name: "Another name" };
  const { version } = await edge.publish(files);
  assert.ok(version > before.config);
  assert.deepEqual(await backfill(), before);
  const again = await edge.admin("/v1/segments/backfill", { method: "POST" });
  assert.equal(again.status, 202);
  const walk = await finished(version);
  assert.deepEqual([walk.total, walk.done], [PEOPLE, PEOPLE]);
  assert.deepEqual(await changes("user_id:p-101", "readers"), [[true, "backfill"], [false, "backfill"]]);
});

/** How far the shards are with a version's walk, read from their storage: a busy edge answers when all is over. */
function onDisk(version) {
  const walks = [];
  for (const { path } of databases(edge.state).filter(({ kind }) => kind === "DirectoryObject")) {
    try {
      const database = new DatabaseSync(path, { readOnly: true });
      const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'meta'").get();
      const row = has && database.prepare("SELECT value FROM meta WHERE key = 'walk'").get();
      if (row) walks.push(JSON.parse(row.value));
      database.close();
    } catch (error) {
      // It is being written.
      assert.match(error.message, /locked|busy/u);
    }
  }
  const mine = walks.filter(({ config }) => config === version);
  return { done: mine.reduce((sum, { done }) => sum + done, 0), ended: mine.filter(({ ended }) => ended).length, shards: walks.length };
}

test("killed in the middle it goes on", async () => {
  // It may be over before the kill comes: then there is another one.
  for (let attempt = 0; ; attempt += 1) {
    assert.ok(attempt < 10, "it was never met in the middle");
    const id = `even-${attempt}`;
    const version = await publish(id, { traits: { n: { $in: Array.from({ length: PEOPLE / 2 }, (_, n) => 2 * n) } } });
    await until("it has begun", () => onDisk(version).done > 0, { every: 1 });
    await edge.kill();
    const { done, ended, shards } = onDisk(version);
    await edge.up();
    const over = await finished(version);
    assert.deepEqual([over.total, over.done, over.unanswered], [PEOPLE, PEOPLE, 0]);
    assert.equal((await members(id)).length, PEOPLE / 2);
    if (done < PEOPLE && ended < shards) break;
  }
});

test("who enters and leaves by an import is told so, also with nobody there", async () => {
  const imports = "/v1/audiences/vip/imports";
  const post = async (path, body) => (await edge.admin(path, { method: "POST", body: JSON.stringify(body) })).json();
  const imported = async (...people) => {
    const { id } = await post(imports, { mode: "replace" });
    await edge.admin(`${imports}/${id}/parts/0`, { method: "PUT", body: `email\n${people.map((n) => `p-${n}@example.com`).join("\n")}\n` });
    await post(`${imports}/${id}/commit`, { parts: 1 });
    await until("it counts", async () => (await read(`${imports}/${id}`)).status === "done");
    await finished((await read("/v1/config")).version);
  };
  await publish("vip-readers", { all: [{ audience: "vip" }, { performed: { event: "Article Read" } }] });
  await imported(1, 2, 3);
  const named = async (id) => {
    const ids = await members(id);
    const names = await Promise.all(ids.map(async (profile) => (await edge.profile(`id:${profile}`)).traits.n));
    return names.sort((a, b) => a - b);
  };
  assert.deepEqual(await named("vip-readers"), [1, 3]);
  assert.deepEqual(await changes("user_id:p-1", "vip-readers"), [[true, "import"]]);
  await imported(3, 5);
  assert.deepEqual(await named("vip-readers"), [3, 5]);
  assert.deepEqual(await changes("user_id:p-1", "vip-readers"), [[true, "import"], [false, "import"]]);
  assert.deepEqual(await changes("user_id:p-3", "vip-readers"), [[true, "import"]]);
  assert.equal((await read("/v1/segments")).segments.find(({ id }) => id === "vip-readers").members, 2);
  // What nobody came by for is in the archive, too, by what it was.
  const { profileId } = await edge.profile("user_id:p-1");
  const wanted = ["readers Segment Entered backfill", "vip-readers Segment Entered import", "vip-readers Segment Left import"];
  await until("all of it is archived", async () => {
    const said = new Set((await edge.archived("segments")).filter((line) => line.profileId === profileId).map(({ segment, event, how }) => `${segment} ${event} ${how}`));
    return wanted.every((one) => said.has(one));
  });
  // It is no part of the profile.
  assert.ok((await edge.profile("user_id:p-3")).segments.every(({ id }) => id !== "vip-readers"));
});
