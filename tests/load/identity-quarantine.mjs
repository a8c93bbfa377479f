// One hard-coded `user_id` on thousands of devices: it comes under quarantine, and nobody else notices.
//
// Rounds in turn: devices that log in each as somebody of their own, then devices that all log in as the same, as many at
// a time. Meanwhile people whom all this does not concern send events: what is compared is how long those take.
//
// Usage: node identity-quarantine.mjs [--devices N] [--rounds N] [--before N]. Fails if the probes' p99 is twice as long or more,
// if the id does not come under quarantine, or if the devices become one profile.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { Cpu } from "../bench/cpu.mjs";
import { percentile } from "../bench/figures.mjs";
import { lanes } from "../bench/load.mjs";
import { machine } from "../bench/machine.mjs";
import { Edge, shopConfig, until } from "../harness/edge.mjs";
import { script } from "../harness/script.mjs";

const number = (fallback) => ({ type: "string", default: String(fallback) });
const { devices: DEVICES, rounds: ROUNDS, before: BEFORE } = Object.fromEntries(
  Object.entries(parseArgs({ options: { devices: number(20_000), rounds: number(5), before: number(5_000) } }).values).map(
    ([name, value]) => [name, Number(value)],
  ),
);

/** The id that a program sends for everybody. */
const HARD_CODED = `guest-${randomUUID()}`;
/** People who have nothing to do with it, and the pause between two of their events. */
const PROBES = 50;
const PAUSE_MS = 10;
/** Devices that send at a time. */
const AT_ONCE = 4;
const viewed = { type: "track", event: "Product Viewed", properties: { product_id: "skylark-4", price: 149 } };

function post(edge, event) {
  return edge.send(
    { writeKey: "demo-open", batch: [{ messageId: randomUUID(), ...viewed, ...event }] },
    { path: "/v1/batch?results=1" },
  );
}

async function taken(edge, event) {
  const { status, answer } = await post(edge, event);
  assert.deepEqual([status, answer.accepted], [200, 1], JSON.stringify(answer));
  return answer.results[0];
}

/** So many devices, a few at a time, and meanwhile one event of other people after the other. */
async function round(edge, cpu, people, count, login) {
  const before = cpu.used();
  let dropped = 0;
  const [took, probed] = [[], []];
  const timed = async (times, event) => {
    const start = performance.now();
    const result = await taken(edge, event);
    times.push(performance.now() - start);
    return result;
  };
  const crowd = lanes(Array.from({ length: count }), AT_ONCE, async () => {
    const { notIdentifiers } = await timed(took, { anonymousId: randomUUID(), userId: login() });
    if (notIdentifiers?.some(({ reason }) => reason === "quarantined")) dropped += 1;
  });
  let done = false;
  const others = (async () => {
    for (let n = 0; !done; n += 1) {
      await timed(probed, people[n % people.length]);
      await sleep(PAUSE_MS);
    }
  })();
  await crowd.finally(() => (done = true));
  await others;
  return { took, probed, dropped, cpu: (cpu.used() - before) / count };
}

const ms = (value) => Number(value.toFixed(1));
const shown = (what, { took, probed, dropped, cpu }) => ({
  "": what,
  devices: took.length,
  "without the id": dropped,
  "their p99, ms": ms(percentile(took, 0.99)),
  probes: probed.length,
  "p50, ms": ms(percentile(probed, 0.5)),
  "p99, ms": ms(percentile(probed, 0.99)),
  "CPU, ms/device": ms(cpu),
});
const all = (rounds) => ({
  took: rounds.flatMap((one) => one.took),
  probed: rounds.flatMap((one) => one.probed),
  dropped: rounds.reduce((sum, one) => sum + one.dropped, 0),
  cpu: rounds.reduce((sum, one) => sum + one.cpu, 0) / rounds.length,
});

async function admin(edge, path, body) {
  const response = await edge.admin(path, body && { method: "POST", body: JSON.stringify(body) });
  assert.equal(response.status, 200, path);
  return response.json();
}

await script(async (closed) => {
  const edge = closed(await Edge.start({ config: false }));
  const files = shopConfig();
  const [, server] = files["sources.json"].sources;
  files["sources.json"].sources.push({ ...server, id: "open", name: "Open", writeKey: "demo-open", kind: "browser" });
  await edge.publish(files);
  const cpu = new Cpu(edge.pid);

  const people = Array.from({ length: PROBES }, () => ({ userId: randomUUID(), anonymousId: randomUUID() }));
  await lanes(people, 8, (person) => taken(edge, person));
  // Whoever has the id already, rightly or not.
  const members = Array.from({ length: 3 }, () => ({ userId: HARD_CODED, anonymousId: randomUUID() }));
  for (const member of members) await taken(edge, member);
  const first = await edge.profile(`user_id:${HARD_CODED}`, "?limit=1");

  const count = (devices) => Math.ceil(devices / ROUNDS);
  await round(edge, cpu, people, Math.min(count(BEFORE), 200), () => randomUUID()); // warm-up
  const [befores, durings, rows] = [[], [], []];
  for (let n = 1; n <= ROUNDS; n += 1) {
    befores.push(await round(edge, cpu, people, count(BEFORE), () => randomUUID()));
    rows.push(shown(`round ${n}: each its own id`, befores.at(-1)));
    durings.push(await round(edge, cpu, people, count(DEVICES), () => HARD_CODED));
    rows.push(shown(`round ${n}: all the same id`, durings.at(-1)));
    console.error(rows.slice(-2));
  }
  const [before, during] = [all(befores), all(durings)];
  rows.push(shown("all: each its own id", before), shown("all: the same id", during));
  console.table(rows);
  const ratio = percentile(during.probed, 0.99) / percentile(before.probed, 0.99);
  console.log(`everyone else's p99: ${ratio.toFixed(2)}× (to stay below 2×)`);

  const { quarantined } = await admin(edge, "/v1/quarantine");
  assert.deepEqual(quarantined.map(({ value }) => value), [HARD_CODED]);
  const owner = await edge.profile(`user_id:${HARD_CODED}`, "?limit=1");
  assert.equal(owner.profileId, first.profileId);
  console.log(
    `${DEVICES} devices: ${during.dropped} came without the id; its owner has ${owner.identifiers.length} identifiers, ` +
      `${owner.computed.events} events, ${owner.refusals.length} refused links, ${owner.merges.length} merges`,
  );
  assert.ok(owner.computed.events < DEVICES / 10, "no giant profile");

  for (const { anonymousId } of members) {
    const { notIdentifiers } = await taken(edge, { userId: HARD_CODED, anonymousId });
    assert.equal(notIdentifiers[0].reason, "quarantined");
    assert.equal((await edge.profile(`anonymous_id:${anonymousId}`, "?limit=1")).profileId, first.profileId);
  }
  const stranger = { userId: HARD_CODED, anonymousId: randomUUID() };
  await taken(edge, stranger);
  assert.notEqual((await edge.profile(`anonymous_id:${stranger.anonymousId}`, "?limit=1")).profileId, first.profileId);
  console.log("its members keep resolving, and a new device is somebody of its own");

  const id = `user_id:${HARD_CODED}`;
  const dry = await admin(edge, "/v1/quarantine/release", { id, dryRun: true });
  assert.deepEqual([dry.quarantined, dry.owner], [true, first.profileId]);
  assert.equal((await admin(edge, "/v1/quarantine")).quarantined.length, 1, "a dry run changes nothing");
  assert.equal((await admin(edge, "/v1/quarantine/release", { id })).changed, true);
  assert.deepEqual((await admin(edge, "/v1/quarantine")).quarantined, []);
  await until("it names somebody again", async () => !(await taken(edge, members[0])).notIdentifiers);
  console.log("released after a dry run: it names its owner again");
  console.log(`Machine: ${machine()}.`);
  assert.ok(ratio < 2, `everyone else's p99 is ${ratio.toFixed(2)} times as long`);
});
