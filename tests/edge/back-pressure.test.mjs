// Whoever sends too much is told when to come again, nobody else notices, and nothing is lost.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Edge, shopConfig, until } from "../harness/edge.mjs";

/** One source has its addresses' limit only, one its own only, and one has none. */
const KEYS = { unlimited: "demo-server", address: "demo", source: "few" };
const ORIGIN = "https://shop.example";

let edge;
before(async () => {
  edge = await Edge.start({ config: false, inMemory: true });
  const files = shopConfig();
  const [browser, server] = files["sources.json"].sources;
  Object.assign(browser, { origins: [ORIGIN], limits: { source: null, address: { perSecond: 1, burst: 20 } } });
  server.limits = { source: null };
  files["sources.json"].sources.push({ ...browser, id: "few", writeKey: KEYS.source, limits: { source: { perSecond: 5, burst: 5 }, address: null } });
  await edge.publish(files);
});
after(() => edge.close());

const track = (more = {}) => ({ type: "track", event: "Viewed", messageId: randomUUID(), anonymousId: randomUUID(), ...more });
const batch = (count, more) => Array.from({ length: count }, () => track(more));
const send = (key, events, { from, path, headers } = {}) =>
  edge.send({ writeKey: key, batch: events }, { path, headers: { ...headers, ...(from && { "cf-connecting-ip": from }) } });

/** An answer that says when to come again. */
function assertLater({ status, headers, answer }, code) {
  assert.deepEqual([status, answer.success, answer.code], [429, false, code], JSON.stringify(answer));
  assert.match(headers.get("retry-after"), /^[1-9]\d*$/u);
  assert.equal(headers.get("x-ratelimit-reset"), headers.get("retry-after"));
  assert.ok(answer.message.length > 20, "a developer reads what to do");
}

const counted = ({ status, answer }) => [status, answer.accepted, answer.rejected];

test("a source that sends too much is told when to come again, and then all of it is taken, once", async () => {
  const person = randomUUID();
  const first = batch(30, { anonymousId: person });
  assert.deepEqual(counted(await send(KEYS.source, first)), [200, 30, 0], "however many they are");
  const next = batch(3, { anonymousId: person });
  const refused = await send(KEYS.source, next, { headers: { origin: ORIGIN } });
  assertLater(refused, "source_limit");
  assert.equal(refused.answer.results, undefined);
  assert.equal(refused.headers.get("access-control-allow-origin"), ORIGIN);
  assert.match(refused.headers.get("access-control-expose-headers"), /retry-after, x-ratelimit-reset/iu);
  assert.deepEqual(counted(await send(KEYS.unlimited, batch(30, { userId: "another" }))), [200, 30, 0]);
  await until("the events are taken", async () => (await send(KEYS.source, next)).status === 200);
  const stored = (await edge.timeline(`anonymous_id:${person}`)).map(({ messageId }) => messageId);
  assert.deepEqual(stored.sort(), [...first, ...next].map(({ messageId }) => messageId).sort());
});

test("who asks is told of each event that it is to be sent again", async () => {
  const events = [track(), track({ messageId: undefined }), 5, track({ messageId: "x".repeat(101) }), track({ type: "purchase" })];
  const ask = (more) => send(KEYS.source, events, more);
  const first = await until("the limit is reached", async () => {
    const sent = await ask({ path: "/v1/batch?results=1" });
    return sent.status === 429 && sent;
  });
  assertLater(first, "source_limit");
  const ids = [events[0].messageId, null, null, null, events[4].messageId];
  assert.deepEqual(first.answer.results, ids.map((messageId) => ({ messageId, outcome: "retry" })));
});

test("an image's event that comes at such a time is not taken, and the image is there all the same", async () => {
  const image = (n) => edge.fetch(`/v1/pixel/page?writeKey=${KEYS.source}&anonymousId=pixel-${n}`);
  for (let n = 0; n < 40; n += 1) {
    const response = await image(n);
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, "image/gif"]);
  }
  const asked = await edge.fetch(`/v1/pixel/page?writeKey=${KEYS.source}&anonymousId=pixel&results=1`);
  assertLater({ status: asked.status, headers: asked.headers, answer: await asked.json() }, "source_limit");
});

test("an address that sends too much is told so, and others are not", async () => {
  const anonymousId = randomUUID();
  const from = (address, key = KEYS.address) => send(key, batch(60, { anonymousId }), { from: address });
  assert.equal((await from("203.0.113.7")).status, 200);
  assertLater(await from("203.0.113.7"), "address_limit");
  for (const other of ["203.0.113.8", "2001:db8:1:1::1"]) assert.equal((await from(other)).status, 200, other);
  assertLater(await from("2001:db8:1:1:ffff::2"), "address_limit");
  assert.equal((await from("2001:db8:1:2::1")).status, 200, "another network");
  assert.equal((await from("203.0.113.7", KEYS.unlimited)).status, 200, "at another source it has sent nothing");
});

test("behind this machine's own address there may be anybody", async () => {
  const anonymousId = randomUUID();
  for (let n = 0; n < 5; n += 1) assert.equal((await send(KEYS.address, batch(60, { anonymousId }))).status, 200);
});

test("a request without events counts as one", async () => {
  const from = { from: "198.51.100.1" };
  const answers = [];
  for (let n = 0; n < 40; n += 1) answers.push((await send(KEYS.address, [], from)).status);
  assert.deepEqual([answers.slice(0, 20).every((status) => status === 200), answers.includes(429)], [true, true]);
});

test("a flood on one person waits at who sends it, others are taken meanwhile, and nothing of it is lost", { timeout: 120_000 }, async () => {
  const person = { userId: `flooded-${randomUUID()}`, anonymousId: undefined };
  await send(KEYS.unlimited, [track(person)]);
  const before = await edge.usage();
  const flood = Array.from({ length: 120 }, () => track(person));
  const tries = [];
  let flooding = true;
  const storm = Promise.all(flood.map((event) => until("it is taken", async () => {
    const sent = await send(KEYS.unlimited, [event], { path: "/v1/batch?results=1" });
    tries.push(sent);
    return sent.status === 200;
  }, { within: 100_000, every: 500 }))).finally(() => (flooding = false));
  const others = [];
  while (flooding) others.push((await send(KEYS.unlimited, [track()])).status);
  await storm;
  const refused = tries.filter(({ status }) => status !== 200);
  console.log(`${refused.length} of ${tries.length} requests of the flood were told to wait; ${others.length} others were taken meanwhile`);
  assert.ok(refused.length > 0, "120 at once are more than stand in a line");
  for (const one of refused) {
    assertLater(one, "profile_flooded");
    assert.deepEqual(one.answer.results.map(({ outcome }) => outcome), ["retry"]);
  }
  assert.ok(others.length > 0);
  assert.deepEqual(others.filter((status) => status !== 200), []);
  const stored = (await edge.timeline(`user_id:${person.userId}`)).map(({ messageId }) => messageId);
  assert.equal(stored.length, 121);
  assert.equal(new Set(stored).size, 121);
  // What is told to wait has called nobody, and lies in nobody's inbox.
  const { objectCalls } = await edge.usage();
  assert.ok(objectCalls - before.objectCalls < 2 * 120 + 6 * others.length + 100, `${objectCalls - before.objectCalls} calls`);
});

test("a person who is asked for in many places at once tells those to wait who are too many", async () => {
  const many = await Edge.start({ deployments: 6, oneConfig: true, oneObjects: true, inMemory: true });
  try {
    const places = Array.from({ length: 6 }, (_, n) => many.deployment(n));
    const files = shopConfig();
    files["sources.json"].sources[1].limits = { source: null };
    await places[0].publish(files);
    const userId = `everywhere-${randomUUID()}`;
    const one = (place) => place.send({ writeKey: KEYS.unlimited, batch: [track({ userId, anonymousId: undefined })] });
    for (const place of places) assert.equal((await one(place)).status, 200);
    let taken = places.length;
    const refused = await until("more than stand in a line have come at the same time", async () => {
      // As many as each place lets through by itself.
      const answers = await Promise.all(places.flatMap((place) => Array.from({ length: 16 }, () => one(place))));
      const refused = answers.filter(({ status }) => status !== 200);
      assert.ok(refused.length <= answers.length - 64, "64 stand in the line of one person");
      taken += answers.length - refused.length;
      return refused.length > 0 && refused;
    }, { every: 0 });
    for (const answer of refused) assertLater(answer, "profile_flooded");
    assert.equal((await places[0].profile(`user_id:${userId}`)).computed.events, taken);
  } finally {
    await many.close();
  }
});
