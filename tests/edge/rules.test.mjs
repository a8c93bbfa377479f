// Identity rules that change while there are people: a dry run over the directory shows whom they would change, publishing changes
// nobody, and applying them comes to what would be, had they been the rules from the beginning.

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { cases, comparable, configOf, expected, names, people, play } from "../harness/case.mjs";
import { Edge, until } from "../harness/edge.mjs";
import { databases } from "../harness/storage.mjs";

const post = async (edge, path, body) => {
  const response = await edge.admin(path, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
};
const read = async (edge, path) => (await edge.admin(path)).json();

/** Whom these rules would change, of all whom the directory knows. */
async function changedBy(edge, path, body) {
  const changed = new Set();
  let cursor;
  do {
    const page = await post(edge, path, { ...body, limit: 5, ...(cursor && { cursor }) });
    assert.equal(page.status, 200, JSON.stringify(page));
    assert.equal(page.beyond, null);
    page.changed.forEach((profile) => changed.add(profile));
    cursor = page.next;
  } while (cursor);
  return [...changed].sort();
}

/** Applies what is published to everybody, and waits until all have been asked. */
async function applyToAll(edge) {
  const begun = await post(edge, "/v1/identity/apply", {});
  assert.deepEqual([begun.status, begun.applies], [202, true], JSON.stringify(begun));
  return until("all have been asked", async () => {
    const walk = await read(edge, "/v1/identity/apply");
    return walk.config === begun.config && walk.applies && walk.finishedAt && walk;
  });
}

/** Merges stand in a ledger as they happened, under the rules of then. */
const unmerged = (person) => ({ ...person, merges: undefined });

/** Until people are as the case says. */
async function ends(edge, one) {
  const should = expected(one).map(unmerged);
  let is;
  await until("everybody is who the new rules say", async () => {
    is = (await people(edge, names(one))).map(comparable(one)).map(unmerged);
    is.forEach((person, index) => ["traits", "accounts"].forEach((field) => should[index]?.[field] ?? delete person[field]));
    return isDeepStrictEqual(is, should);
  }).catch(() => assert.deepEqual(is, should));
}

const CHANGES = cases().filter(({ id }) => id === "S50");

describe("the golden cases of rules that change, over people who are there already", { concurrency: 4 }, () => {
  let edge;
  before(async () => (edge = await Edge.start({ deployments: CHANGES.length, inMemory: true })));
  after(() => edge.close());
  CHANGES.forEach((one, index) => {
    test(one.name, { timeout: 120_000 }, async () => {
      const here = edge.deployment(index);
      const before = configOf({ traits: one.traits });
      const { version } = await here.publish(before);
      await play(here, one, version);
      const bystander = { type: "identify", userId: "bystander", messageId: "b1", traits: { plan: "gold" } };
      await here.send({ writeKey: "case-server", batch: [bystander] });
      const live = () => read(here, "/v1/directory?home=live");
      await until("the directory knows them", async () => {
        const { profiles } = await live();
        return profiles.reduce((sum, { events }) => sum + events, 0) === one.steps.length + 1;
      });
      const rules = configOf(one)["identity.json"];
      const profiles = async () => Promise.all((await live()).profiles.map(({ profileId }) => here.profile(`id:${profileId}`)));
      const was = await profiles();

      const changed = await changedBy(here, "/v1/identity/dry-run", { rules });
      assert.ok(changed.length > 0);
      const other = (await here.profile("user_id:bystander")).profileId;
      assert.ok(!changed.includes(other), "nothing that they say is about somebody else");
      await here.publish({ ...before, "identity.json": rules });
      assert.deepEqual(await changedBy(here, "/v1/identity/apply", { dryRun: true }), changed, "publishing has changed nobody");
      const essence = ({ profileId, identifiers, timeline }) => ({ profileId, identifiers, timeline });
      assert.deepEqual((await profiles()).map(essence), was.map(essence));

      const walk = await applyToAll(here);
      assert.deepEqual([walk.done, walk.unanswered], [walk.total, 0]);
      await ends(here, one);
      await until("nothing is left to be changed", async () => (await changedBy(here, "/v1/identity/apply", { dryRun: true })).length === 0);
      await applyToAll(here);
      await ends(here, one);
      assert.equal((await here.profile("user_id:bystander")).timeline.events.length, 1);
    });
  });
});

describe("many people", () => {
  const PEOPLE = 24;
  const RULES = (count) => ({
    namespaces: {
      user_id: { priority: 1, unique: true },
      email: { priority: 3, limit: { count } },
      anonymous_id: { priority: 9, limit: { count: 5, withinDays: 7 } },
    },
  });
  let edge;
  let files;
  before(async () => {
    edge = await Edge.start({ config: false });
    files = configOf({ rules: RULES(5) });
    await edge.publish(files);
    const at = (n, second) => new Date(Date.UTC(2026, 0, 5, 10, n, second)).toISOString();
    const batch = Array.from({ length: PEOPLE }, (_, n) => [
      { type: "identify", userId: `p-${n}`, messageId: `${n}-1`, timestamp: at(n, 0), traits: { email: `old-${n}@example.com` } },
      { type: "identify", userId: `p-${n}`, messageId: `${n}-2`, timestamp: at(n, 1), traits: { email: `new-${n}@example.com` } },
      { type: "track", event: "Seen", anonymousId: `d-${n}`, messageId: `${n}-3`, timestamp: at(n, 2), properties: { email: `new-${n}@example.com` } },
    ]).flat();
    const { status } = await edge.send({ writeKey: "case-server", batch });
    assert.equal(status, 200);
    await until("they are one each", async () => (await read(edge, "/v1/directory/counts")).profiles.live === PEOPLE);
    await edge.rest();
  });
  after(() => edge.close());

  const parted = async (n) => {
    const [person, device] = await Promise.all([edge.profile(`user_id:p-${n}`), edge.profile(`anonymous_id:d-${n}`)]);
    return person?.profileId !== device?.profileId && person?.timeline.events.length === 2 && device?.timeline.events.length === 1
      && person.refusals.some(({ value, reason }) => value === `new-${n}@example.com` && reason === "limit:email");
  };

  test("some are named, and nobody else is touched", async () => {
    files["identity.json"] = RULES(1);
    await edge.publish(files);
    const profiles = ["user_id:p-0", "anonymous_id:d-1"];
    const dry = await post(edge, "/v1/identity/apply", { profiles, dryRun: true });
    assert.deepEqual([dry.status, dry.changed.length, dry.before.length, dry.after.length], [200, 2, 2, 4]);
    assert.equal(await parted(0), false, "that was dry");
    const done = await post(edge, "/v1/identity/apply", { profiles });
    assert.equal(done.status, 200, JSON.stringify(done));
    assert.deepEqual(new Set(done.profiles), new Set(dry.changed));
    await until("they are two each", async () => (await parted(0)) && (await parted(1)));
    assert.equal(await parted(2), false);
    assert.equal((await post(edge, "/v1/identity/apply", { profiles: ["user_id:nobody"] })).status, 404);
    assert.equal((await post(edge, "/v1/identity/apply", { profiles: Array(51).fill("user_id:p-0") })).status, 400);
    assert.equal((await post(edge, "/v1/identity/apply", { dryRun: true, cursor: "?" })).status, 400);
  });

  test("killed in the middle it goes on, and everybody is who the new rules say", { timeout: 180_000 }, async () => {
    const begun = await post(edge, "/v1/identity/apply", {});
    assert.equal(begun.status, 202);
    await until("it has begun", () => onDisk() > 0, { every: 1 });
    await edge.kill();
    await edge.up();
    const walk = await until("all have been asked", async () => {
      const walk = await read(edge, "/v1/identity/apply");
      return walk.finishedAt && walk;
    }, { within: 90_000 });
    assert.deepEqual([walk.applies, walk.unanswered], [true, 0]);
    await until("they are two each", async () => {
      const all = await Promise.all(Array.from({ length: PEOPLE }, (_, n) => parted(n)));
      return all.every(Boolean);
    }, { within: 90_000 });
  });

  /** How many have been asked, read from the shards' storage. */
  function onDisk() {
    let done = 0;
    for (const { path } of databases(edge.state).filter(({ kind }) => kind === "DirectoryObject")) {
      try {
        const database = new DatabaseSync(path, { readOnly: true });
        const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'meta'").get();
        const row = has && database.prepare("SELECT value FROM meta WHERE key = 'walk'").get();
        if (row && JSON.parse(row.value).anew) done += JSON.parse(row.value).done;
        database.close();
      } catch (error) {
        // It is being written.
        assert.match(error.message, /locked|busy/u);
      }
    }
    return done;
  }
});
