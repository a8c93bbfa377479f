// What experiments learn from is counted once each, also when their object's storage fails while two consumers wait for the same write.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { setTimeout as moment } from "node:timers/promises";
import { Edge, until } from "../harness/edge.mjs";
import { databases } from "../harness/storage.mjs";

const EXPERIMENT = "tried";
/** Each brings a batch a second. */
const CONSUMERS = 6;
/** For so many milliseconds they do. */
const MILLISECONDS = 10_000;
/** So long is every other second one in which nothing can be written: also where six Workers take long to begin. */
const TROUBLE_SECONDS = 90;

let edge;
// Queues with a consumer each, and the objects of one.
before(async () => (edge = await Edge.start({ config: false, deployments: CONSUMERS, oneConfig: true, oneObjects: true, door: true })));
after(() => edge.close());

const reward = (variant, converted) => ({ v: 1, experiment: EXPERIMENT, decision: randomUUID(), variant, converted });
const post = (reward, queue) => edge.post(JSON.stringify([{ reward }]), queue);

/** Looks at what the object has stored; nothing while that is being written. */
function look(at, options = { readOnly: true }) {
  for (const { path } of databases(edge.state).filter(({ kind }) => kind === "ExperimentObject")) {
    try {
      const database = new DatabaseSync(path, options);
      const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'counts'").get();
      const seen = has && at(database);
      database.close();
      if (has) return seen;
    } catch (error) {
      assert.match(error.message, /locked|busy/u);
    }
  }
}
const written = async () =>
  (await until("its pages can be read", () => look((database) => database.prepare("SELECT max(seq) AS writes FROM pages").get()))).writes;
const counted = () => {
  const stored = look((database) => database.prepare("SELECT value FROM counts").get());
  return stored ? JSON.parse(stored.value).audiences[""] : {};
};

test("a write that fails loses nothing, of its own rewards or of those that waited with it, and counts nothing twice; there is one a second at most", async (t) => {
  const wanted = { a: { seen: 1, converted: 0 }, b: { seen: 0, converted: 0 } };
  await post(reward("a", false), 0);
  await until("the first one is counted", () => counted().a?.seen === 1);
  await edge.down();
  const end = Math.floor(Date.now() / 1000) + TROUBLE_SECONDS;
  const trouble = `CREATE TRIGGER trouble BEFORE INSERT ON pages WHEN unixepoch() < ${end} AND unixepoch() % 2 = 0 BEGIN SELECT RAISE(ABORT, 'the disk is in trouble'); END`;
  look((database) => database.exec(trouble), {});
  await edge.up();
  const [before, began] = [await written(), Date.now()];
  // All consumers bring some in every second, and wait for one write together.
  for (let n = 0; Date.now() < began + MILLISECONDS; n += 1) {
    const [variant, converted] = [n % 3 ? "a" : "b", n % 5 === 0];
    const one = reward(variant, converted);
    wanted[variant][converted ? "converted" : "seen"] += 1;
    await post(one, n % CONSUMERS);
    // The Queue may bring anything twice.
    if (n % 7 === 0) await post(one, (n + 1) % CONSUMERS);
    await moment(40);
  }
  await until("all are counted", () => JSON.stringify(counted()) === JSON.stringify(wanted), { within: 2_000 * TROUBLE_SECONDS, every: 250 })
    .catch(() => assert.deepEqual(counted(), wanted));
  assert.ok(edge.log.some((line) => line.includes("the disk is in trouble")), "there was trouble");
  // Each write adds a page. An object that has just begun waits for nothing.
  const writes = (await written()) - before;
  const seconds = (Date.now() - began) / 1000;
  t.diagnostic(`${writes} writes in ${seconds} s for ${CONSUMERS} consumers`);
  assert.ok(writes > 1 && writes <= seconds + 2, `${writes} writes in ${seconds} s`);
});
