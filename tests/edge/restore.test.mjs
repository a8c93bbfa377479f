// Lost as a whole, an edge is rebuilt from its archive: the same people, known by the same names, with the same state.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { ADMIN_KEY, Device, Edge, shopConfig, until } from "../harness/edge.mjs";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** The edge that was, and two empty ones: one for the command, one for lines in any order. */
let edge;
let was;
let empty;
let shuffled;
before(async () => {
  edge = await Edge.start({ deployments: 3 });
  [was, empty, shuffled] = [0, 1, 2].map((index) => edge.deployment(index));
  const files = shopConfig();
  files["traits.json"] = { traits: { visits: { merge: "sum" } } };
  for (const one of [was, empty, shuffled]) await one.publish(files);
});
after(() => edge.close());

const names = [];
const erased = [];
/** Lines of who was erased, from a copy of the archive that was made before. */
let copied;
let ada;
let di;
let eve;
let claimer;
const name = (namespace, value) => names.push(`${namespace}:${value}`) && value;
const decree = (on, name, what, body = {}) =>
  on.admin(`/v1/profiles/${encodeURIComponent(name)}/${what}`, { method: "POST", body: JSON.stringify(body) });
const server = (...batch) =>
  was.send({ writeKey: "demo-server", batch: batch.map((event) => ({ messageId: randomUUID(), ...event })) });
const order = (total, more) => ({ type: "track", event: "Order Completed", properties: { order_id: randomUUID(), total, ...more } });
const product = { product_id: "skylark-4", name: "Skylark 4", category: "Running shoes", price: 149, quantity: 1 };
const added = { type: "track", event: "Product Added", properties: product };
const DAY = 24 * 60 * 60 * 1000;
const daysAgo = (days) => new Date(Date.now() - days * DAY).toISOString();

/** What a rebuilt profile has in common with what it was: everything but when the profiles came to be, and their segments moved. */
function essence({ profileId, movedFrom, createdAt, merges, ledger, segments, segmentChanges, configVersion, ...person }) {
  return { ...person, segments: segments.map(({ id }) => id) };
}

/** Everybody, by each of their names. */
async function people(on) {
  const all = {};
  for (const name of names) all[name] = await on.profile(name);
  return all;
}

async function assertSamePeople(on, before) {
  await on.rest();
  const after = await people(on);
  for (const name of names) {
    assert.ok(after[name], `${name} is somebody`);
    assert.deepEqual(essence(after[name]), essence(before[name]), name);
  }
  // Who is one person there is one here.
  const sameAs = (all) => names.map((name) => names.findIndex((other) => all[other].profileId === all[name].profileId));
  assert.deepEqual(sameAs(after), sameAs(before));
  for (const name of erased) {
    const response = await on.admin(`/v1/profiles/${encodeURIComponent(name)}`);
    assert.equal(response.status, 410, `${name} stays erased`);
  }
  return after;
}

async function archived(on, of) {
  const { files } = await (await on.admin(`/v1/archive?of=${of}&limit=500`)).json();
  const read = async ({ file }) => {
    const response = await on.admin(`/v1/archive/file?name=${encodeURIComponent(file)}`);
    return gunzipSync(Buffer.from(await response.arrayBuffer())).toString().trimEnd().split("\n");
  };
  return (await Promise.all(files.map(read))).flat();
}

async function replay(to, from = was) {
  const env = { ...process.env, SELVEDGE_ADMIN_KEY: ADMIN_KEY };
  const { stdout } = await run("cargo", ["xtask", "replay", from.url, to.url], { cwd: root, env });
  return stdout;
}

const post = async (on, lines) => {
  const response = await on.admin("/v1/replay", { method: "POST", body: lines.join("\n") });
  return { status: response.status, ...(await response.json()) };
};

let known;

test("a shop's people: devices, logins, orders, accounts, admins' words, an erasure", { timeout: 120_000 }, async () => {
  // Browsing, a cart, a login, a second device; orders from the till, late and out of order.
  const [phone, laptop] = [new Device(was), new Device(was)];
  const user = name("user_id", `ada-${randomUUID()}`);
  ada = `user_id:${user}`;
  await phone.send([{ type: "page" }, added], ["hero"]);
  await phone.identify(user, { tier: "gold", email: `${user}@example.com` });
  await laptop.send([{ type: "page" }]);
  await laptop.identify(user, { city: "Ulm" });
  await server({ ...order(149, { products: [product] }), userId: user }, { ...order(20), userId: user, timestamp: daysAgo(9) });
  await server({ type: "identify", userId: user, traits: { tier: "basic", visits: 2 }, timestamp: daysAgo(30) });
  name("anonymous_id", phone.anonymousId);
  name("anonymous_id", laptop.anonymousId);

  // A device that two people use, and what it does alone after that; names that nobody proves, and that are none.
  const kiosk = new Device(was);
  const [bo, cy] = [name("user_id", `bo-${randomUUID()}`), name("user_id", `cy-${randomUUID()}`)];
  await kiosk.identify(bo, { visits: 1 });
  await kiosk.identify(cy, { visits: 4 });
  kiosk.userId = undefined;
  kiosk.cookie = "";
  await kiosk.send([{ type: "track", event: "Alone" }]);
  const stranger = new Device(was);
  await stranger.send([{ type: "identify", userId: `claimed-${randomUUID()}`, traits: { email: `claimed@${randomUUID()}.example` } }]);
  await stranger.send([{ type: "track", event: "Newsletter", properties: { email: "undefined" } }]);
  claimer = `anonymous_id:${name("anonymous_id", stranger.anonymousId)}`;

  // An account, an alias, an address of somebody else's.
  const dora = name("user_id", `di-${randomUUID()}`);
  di = `user_id:${dora}`;
  await server({ type: "group", userId: dora, groupId: "ACME", traits: { plan: "gold" } });
  await server({ type: "identify", userId: dora, traits: { email: name("email", `${dora}@example.com`) } });
  const renamed = name("user_id", `renamed-${randomUUID()}`);
  await server({ type: "alias", userId: renamed, previousId: dora });
  await server({ type: "identify", userId: bo, traits: { email: `${dora}@example.com` } });

  // What admins say: two are one, and two are not.
  const [one, other] = [name("user_id", `eve-${randomUUID()}`), name("user_id", `fay-${randomUUID()}`)];
  eve = `user_id:${one}`;
  await server({ ...order(7), userId: one }, { type: "identify", userId: other, traits: { city: "Bonn" } });
  assert.equal((await decree(was, eve, "merge", { with: `user_id:${other}` })).status, 200);
  const [mine, theirs] = [new Device(was), new Device(was)];
  const gus = name("user_id", `gus-${randomUUID()}`);
  await mine.identify(gus, { visits: 8 });
  await theirs.send([added]);
  await theirs.identify(gus, {});
  const sides = { left: [`user_id:${gus}`], right: [`anonymous_id:${name("anonymous_id", theirs.anonymousId)}`] };
  assert.equal((await decree(was, `user_id:${gus}`, "unmerge", sides)).status, 200);

  // Somebody is erased; of two names one comes back as somebody new.
  const [gone, back] = [`gone-${randomUUID()}`, new Device(was)];
  await back.identify(gone, { email: `${gone}@example.com` });
  await server({ ...order(99), userId: gone });
  await was.rest();
  copied = (await archived(was, "archive")).filter((line) => line.includes(gone));
  assert.ok(copied.length >= 2, "an order and a login");
  assert.equal((await decree(was, `user_id:${gone}`, "erase")).status, 200);
  erased.push(`user_id:${gone}`);
  await new Device(was, name("anonymous_id", back.anonymousId)).send([{ type: "page", properties: { path: "/again" } }]);

  await was.rest();
  known = await people(was);
  assert.ok(names.every((name) => known[name]), "all of them are there");
  assert.equal(known[eve].profileId, known[`user_id:${other}`].profileId);
  assert.notEqual(known[`user_id:${gus}`].profileId, known[`anonymous_id:${theirs.anonymousId}`].profileId);
  assert.ok(known[`user_id:${bo}`].refusals.length > 0 && known[di].accounts.length > 0);
  assert.equal(known[`anonymous_id:${back.anonymousId}`].computed.events, 1);
});

test("cargo xtask replay rebuilds them in an empty edge, and nobody who was erased comes back", { timeout: 180_000 }, async () => {
  const lines = await archived(was, "archive");
  const said = await replay(empty);
  const [, taken, again] = /(\d+) taken, (\d+) there already/u.exec(said);
  const rebuilt = await assertSamePeople(empty, known);
  const hows = new Set(Object.values(rebuilt).flatMap(({ segmentChanges }) => segmentChanges.map(({ how }) => how)));
  assert.deepEqual([hows.has("replay"), hows.has("event")], [true, false], "who enters now is told to do so by the replay");
  const words = (await archived(was, "words")).length;
  assert.ok(!lines.some((line) => copied.includes(line)), "who was erased is given out to nobody");
  assert.deepEqual([Number(taken), Number(again), said.includes("rejected")], [lines.length + words, 0, false], said);
  const { accepted, duplicate, rejected, results } = await post(empty, copied);
  assert.deepEqual([accepted, duplicate, rejected], [0, 0, copied.length], "from a copy neither");
  assert.deepEqual([...new Set(results.map(({ code }) => code))], ["erased"]);
  assert.deepEqual(await archived(empty, "archive"), [], "what is replayed leaves for nowhere");
  const account = await (await empty.admin("/v1/accounts/ACME")).json();
  assert.deepEqual([account.traits, account.members.length], [{ plan: "gold" }, 1]);
  const total = async (on) => (await (await on.admin("/v1/directory/counts")).json()).profiles.live;
  assert.equal(await total(empty), await total(was), "the directory has them, too");
});

test("done again, and done where everybody still is, it changes nothing", { timeout: 180_000 }, async () => {
  for (const on of [empty, was]) {
    const before = await people(on);
    assert.match(await replay(on), /, \d+ there already/u);
    assert.deepEqual(await assertSamePeople(on, known), before, "ids and ledgers, too");
  }
});

test("in any order and in any pieces the lines come to the same people", { timeout: 180_000 }, async () => {
  const words = (await archived(was, "words")).map((line) => JSON.parse(line));
  const text = (word) => JSON.stringify(word);
  await post(shuffled, words.filter(({ said }) => said.erased).map(text));
  const lines = await archived(was, "archive");
  let seed = Number(process.env.SEED ?? Date.now() % 1e9);
  console.log(`SEED=${seed}`);
  const random = (below) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  for (let last = lines.length - 1; last > 0; last -= 1) {
    const other = random(last + 1);
    [lines[last], lines[other]] = [lines[other], lines[last]];
  }
  while (lines.length > 0) {
    const piece = lines.splice(0, 1 + random(7));
    const answer = await post(shuffled, piece);
    assert.equal(answer.status, 200, JSON.stringify(answer));
    assert.equal(answer.accepted + answer.duplicate + answer.rejected, piece.length);
  }
  await shuffled.rest();
  const said = words.filter(({ said }) => !said.erased).sort((one, other) => (one.timestamp < other.timestamp ? -1 : 1));
  for (const word of said) {
    await until("it is heard", async () => (await post(shuffled, [text(word)])).status === 200);
  }
  await assertSamePeople(shuffled, known);
});

test("only an admin replays, and what is no line of the archive changes nothing", async () => {
  const [line] = await archived(was, "archive");
  const response = await shuffled.fetch("/v1/replay", { method: "POST", body: line });
  assert.equal(response.status, 401);
  const wrong = await post(shuffled, [line, '{"messageId":"m"}']);
  assert.deepEqual([wrong.status, wrong.code], [400, "invalid_request"]);
  assert.match(wrong.message, /line 2 /u);
  assert.equal((await shuffled.admin("/v1/replay")).status, 405);
});
