// The marketing jobs of examples/marketing-jobs over a year of real purchases: who is in each segment is what a query over the raw
// file says. The query shares nothing with the product: it is written from the jobs' descriptions, for SQLite.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { assertSameAgain } from "../harness/again.mjs";
import { Edge, configFiles, until } from "../harness/edge.mjs";

const HOUSEHOLDS = 24;
const MINUTE = 60_000;
const root = resolve(import.meta.dirname, "../..");
const data = join(root, "examples/complete-journey");
const lines = (text) => text.trimEnd().split("\n").map((line) => JSON.parse(line));

const seed = Number(process.env.SEED ?? Date.now() % 1e9);
console.log(`SEED=${seed}`);

/** So many of a list, chosen by the seed. */
function chosen(list, many) {
  let state = seed;
  const random = (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const left = [...list];
  return Array.from({ length: Math.min(many, left.length) }, () => left.splice(random(left.length), 1)[0]);
}

/** One statement for each job: the households that are in, `:now` being when that is asked, in milliseconds. */
const QUERIES = {
  "win-back": "SELECT household FROM orders GROUP BY household HAVING max(at) <= :now - 60 * 86400000",
  "high-value": `SELECT household FROM orders GROUP BY household HAVING sum(cents) >= (SELECT sum(cents) AS spent FROM orders
    GROUP BY household ORDER BY spent DESC LIMIT 1 OFFSET (SELECT max(1, count(DISTINCT household) / 10) - 1 FROM orders))`,
  "category-affinity": `SELECT household FROM lines WHERE category = 'PRODUCE' GROUP BY household HAVING count(*) >= 40`,
  "cross-sell": `SELECT DISTINCT household FROM lines WHERE category = 'MEAT' AND at > :now - 14 * 86400000 EXCEPT
    SELECT household FROM lines WHERE category = 'SPIRITS' AND at > :now - 90 * 86400000`,
  "loyalty-tier": `SELECT household FROM orders WHERE at > :now - 90 * 86400000 GROUP BY household
    HAVING count(*) >= 12 AND sum(cents) >= 40000`,
};

const read = async (path) => (await edge.admin(path)).json();

/** Has thresholds worked out, and waits until everybody goes by them. */
async function thresholds() {
  await edge.admin("/v1/segments/backfill", { method: "POST" });
  await until("thresholds are known, and everybody goes by the config that says them", async () => {
    const { thresholds: all } = await read("/v1/segments");
    const { config, finishedAt } = await read("/v1/segments/backfill");
    const { version } = await read("/v1/config");
    return all.every(({ atLeast }) => atLeast !== null) && config === version && finishedAt;
  });
  await edge.rest();
}

let edge;
let database;
let orders;
/** Everybody's, for what the top tenth has spent. */
let everybody;
/** The year of the file ends a minute before this test begins. */
let moved;

before(async () => {
  const all = lines(gunzipSync(readFileSync(join(data, "orders.ndjson.gz"))).toString());
  everybody = all;
  const households = new Set(chosen([...new Set(all.map(({ userId }) => userId))], HOUSEHOLDS));
  orders = all.filter(({ userId }) => households.has(userId));
  moved = Date.now() - MINUTE - Math.max(...orders.map(({ timestamp }) => Date.parse(timestamp)));
  database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE orders (household, basket, at, cents); CREATE TABLE lines (household, basket, at, category)");
  const order = database.prepare("INSERT INTO orders VALUES (?, ?, ?, ?)");
  const line = database.prepare("INSERT INTO lines VALUES (?, ?, ?, ?)");
  for (const { userId, timestamp, properties } of orders) {
    const at = Date.parse(timestamp) + moved;
    order.run(userId, properties.order_id, at, Math.round(properties.total * 100));
    for (const { category = null } of properties.products) line.run(userId, properties.order_id, at, category);
  }
  edge = await Edge.start({ config: false });
  await edge.publish(configFiles(join(root, "examples/marketing-jobs/config")));
  for (let first = 0; first < orders.length; first += 100) {
    const batch = orders.slice(first, first + 100).map((one) => ({ ...one, timestamp: new Date(Date.parse(one.timestamp) + moved).toISOString() }));
    const { status, answer } = await edge.send({ writeKey: "demo-server", batch });
    assert.equal(status, 200, JSON.stringify(answer));
  }
  // What all of them have spent is known to the directory in a moment; the threshold is looked at every few hours, or now.
  await until("the directory knows all of them", async () => (await read("/v1/directory/counts")).profiles.live === households.size);
  await edge.rest();
  await thresholds();
});
after(() => edge?.close());

test("members are those that a query over the raw file finds", async () => {
  const now = Date.now();
  const ids = [...new Set(orders.map(({ userId }) => userId))];
  const inside = Object.fromEntries(Object.keys(QUERIES).map((job) => [job, []]));
  for (const id of ids) {
    const { segments, computed } = await edge.profile(`user_id:${id}`);
    assert.equal(computed.orders, orders.filter(({ userId }) => userId === id).length, `all orders of ${id} are there`);
    for (const { id: job } of segments) inside[job]?.push(id);
  }
  const found = Object.entries(QUERIES).map(([job, query]) => [job, database.prepare(query).all(query.includes(":now") ? { now } : {})]);
  for (const [job, rows] of found) {
    assert.deepEqual(inside[job].sort(), rows.map(({ household }) => household).sort(), `${job}, SEED=${seed}`);
  }
  console.log(found.map(([job, rows]) => `${job}: ${rows.length} of ${ids.length}`).join("; "));
});

test("what each of them would be shown, and why, comes out the same again by the engine alone", async () => {
  const placements = (await read("/v1/config")).files["placements.json"].placements.map(({ id }) => id);
  const answers = [];
  for (const id of new Set(orders.map(({ userId }) => userId))) {
    const response = await edge.admin("/v1/decide", { method: "POST", body: JSON.stringify({ userId: id, placements }) });
    answers.push(await response.json());
  }
  const asked = new Set(answers.flatMap(({ why }) => Object.keys(why.answers.segments)));
  assert.deepEqual(Object.keys(QUERIES).filter((job) => !asked.has(job)), [], "all are asked about");
  assert.ok(answers.some(({ why }) => why.answers.segments["high-value"]), "somebody is among the top");
  await assertSameAgain(edge, answers);
});

test("the threshold of the top tenth of everybody is what the last of them has spent, and it moves with them", async () => {
  const whole = new DatabaseSync(":memory:");
  whole.exec("CREATE TABLE orders (household, cents)");
  const order = whole.prepare("INSERT INTO orders VALUES (?, ?)");
  whole.exec("BEGIN");
  for (const { userId, properties } of everybody) order.run(userId, Math.round(properties.total * 100));
  const spent = "SELECT household, sum(cents) AS spent FROM orders GROUP BY household";
  const { of } = whole.prepare(`SELECT count(*) / 10 AS of FROM (${spent})`).get();
  const top = () => whole.prepare(`${spent} ORDER BY spent DESC LIMIT 1 OFFSET ?`).get(of - 1);
  const send = async (rows) => {
    const batch = rows.map((row) => ({ type: "identify", messageId: randomUUID(), userId: `all-${row.household}`, traits: { spent: row.spent / 100 } }));
    assert.equal((await edge.send({ writeKey: "demo-server", batch })).status, 200);
  };
  const rows = whole.prepare(spent).all();
  for (let first = 0; first < rows.length; first += 100) await send(rows.slice(first, first + 100));
  const known = async () => (await read("/v1/directory/counts")).profiles.live;
  await until("the directory knows all of them", async () => (await known()) === rows.length + HOUSEHOLDS);
  const files = configFiles(join(root, "examples/marketing-jobs/config"));
  const { rule } = files["segments/high-value.json"];
  files["segments/spenders.json"] = { id: "spenders", name: "Spenders", rule: { score: { ...rule.score, of: "spent" } } };
  await edge.publish(files);
  const threshold = async () => (await read("/v1/segments")).thresholds.find(({ of: number }) => number === "spent");
  const members = async () => (await read("/v1/segments")).segments.find(({ id }) => id === "spenders").members;
  const last = top();
  // From here on nobody comes by: all are asked, told apart, and asked again.
  await until("it is worked out, and all are told", async () => (await members()) === of);
  assert.deepEqual(await threshold(), { of: "spent", top: 0.1, atLeast: last.spent / 100 });
  const { segmentChanges } = await edge.profile(`user_id:all-${last.household}`);
  const mine = () => segmentChanges.filter(({ segment }) => segment === "spenders").map(({ entered, how }) => [entered, how]);
  assert.deepEqual(mine(), [[true, "threshold"]], "exactly as much is in");
  // Somebody who had spent least has spent most: the last one is out.
  const { household } = whole.prepare(`${spent} ORDER BY spent LIMIT 1`).get();
  order.run(household, 10_000_000);
  await send([whole.prepare(`${spent} HAVING household = ?`).get(household)]);
  await edge.rest();
  await thresholds();
  assert.equal((await threshold()).atLeast, top().spent / 100);
  assert.equal(await members(), of);
  const after = (await edge.profile(`user_id:all-${last.household}`)).segmentChanges.filter(({ segment }) => segment === "spenders");
  assert.deepEqual(after.map(({ entered, how }) => [entered, how]), [[true, "threshold"], [false, "threshold"]]);
});
