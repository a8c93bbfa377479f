// A year of purchases, replayed: nothing missing, nothing double, also when workerd is killed in the middle.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Edge, until } from "../harness/edge.mjs";

const root = resolve(import.meta.dirname, "../..");
const data = join(root, "examples/complete-journey");
const files = [join(data, "households.ndjson.gz"), join(data, "orders.ndjson.gz")];

/** What the files themselves say: orders and revenue (in cents) per household. */
function expected() {
  const households = new Map();
  for (const file of files) {
    for (const line of gunzipSync(readFileSync(file)).toString().split("\n").filter(Boolean)) {
      const event = JSON.parse(line);
      const household = households.get(event.userId) ?? { orders: 0, cents: 0, events: 0 };
      household.events += 1;
      if (event.event === "Order Completed") {
        household.orders += 1;
        household.cents += Math.round(event.properties.total * 100);
      }
      households.set(event.userId, household);
    }
  }
  return households;
}

/** Starts the replay tool; `done` resolves to its exit code and its figures. */
function replay(edge) {
  const tool = join(root, "target/release/selvedge-replay");
  const child = spawn(tool, ["--url", edge.url, "--write-key", "demo-server", "--json", ...files]);
  let out = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.resume();
  const done = new Promise((resolve) => child.once("exit", (code) => resolve({ code, figures: figures(out) })));
  return { done };
}

const figures = (out) => JSON.parse(out.trim().split("\n").filter((line) => line.startsWith("{")).at(-1));

async function totals(edge, households) {
  const found = new Map();
  const names = [...households.keys()];
  const one = async () => {
    for (let name = names.pop(); name; name = names.pop()) {
      const profile = await edge.profile(`user_id:${name}`, "?limit=1");
      assert.ok(profile, `${name} has a profile`);
      const { orders, revenue, events } = profile.computed;
      found.set(name, { id: profile.profileId, orders, cents: Math.round(revenue * 100), events });
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
  return found;
}

async function assertTotals(edge, households) {
  const found = await totals(edge, households);
  assert.equal(new Set([...found.values()].map((profile) => profile.id)).size, households.size);
  for (const [name, { orders, cents, events }] of households) {
    const { id, ...got } = found.get(name);
    assert.deepEqual(got, { orders, cents, events }, `${name} (${id})`);
  }
}

/** Milliseconds in which something must move: how long thousands of commits to a disk take in all is the machine's. */
const STANDSTILL = 60_000;

/** Waits until so many events have been taken since the edge came up. */
async function taken(events) {
  let [last, moved] = [-1, 0];
  await until(`${events} events have been taken`, async () => {
    const now = (await edge.usage()).events;
    if (now !== last) [last, moved] = [now, Date.now()];
    assert.ok(Date.now() - moved < STANDSTILL, `${now} of ${events} events have been taken, and none for ${STANDSTILL} ms`);
    return now > events;
  }, { within: Infinity });
}

const households = expected();
let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

test("the files are the ones that the totals were taken from", () => {
  assert.equal(households.size, 414);
  assert.equal([...households.values()].reduce((sum, household) => sum + household.orders, 0), 28_831);
});

test("killed in the middle and started again, a replay ends with the files' own totals", { timeout: 600_000 }, async () => {
  const running = replay(edge);
  await taken(8_000);
  await edge.kill();
  await edge.up();
  await taken(4_000);
  await edge.kill();
  await edge.up();
  const { code, figures } = await running.done;
  assert.equal(code, 0, JSON.stringify(figures));
  assert.equal(figures.accepted + figures.duplicate, 29_245);
  await assertTotals(edge, households);
});

test("no acknowledged event is missing or double on the timelines", async () => {
  const names = [...households.keys()].filter((_, index) => index % 20 === 0);
  for (const name of names) {
    const ids = (await edge.timeline(`user_id:${name}`)).map((event) => event.messageId);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(ids.length, households.get(name).events);
  }
});

test("replaying everything again changes nothing", { timeout: 600_000 }, async () => {
  const before = await totals(edge, households);
  const { code, figures } = await replay(edge).done;
  assert.equal(code, 0);
  assert.equal(figures.accepted, 0);
  assert.equal(figures.duplicate, 29_245);
  assert.deepEqual(await totals(edge, households), before);
});
