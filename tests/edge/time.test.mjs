// When an event happened: clocks that are wrong, events that are late, and times that are none.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Edge, shopConfig, until } from "../harness/edge.mjs";
import { contents } from "../harness/storage.mjs";

const DAY = 24 * 60 * 60 * 1000;
const iso = (millis) => new Date(millis).toISOString();

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

/** Sends one event of a person nobody knows, and gives back what was stored. */
async function stored(times, { sentAt, path } = {}) {
  const anonymousId = randomUUID();
  const event = { type: "track", event: "Timed", anonymousId, messageId: randomUUID(), ...times };
  const body = path ? { ...event, writeKey: "demo" } : { writeKey: "demo", sentAt, batch: [event] };
  const { status, answer } = await edge.send(body, { path });
  assert.equal(status, 200, JSON.stringify(answer));
  assert.equal(answer.accepted, 1, JSON.stringify(answer));
  const { events } = (await edge.profile(`anonymous_id:${anonymousId}`)).timeline;
  return { at: Date.parse(events[0].timestamp), receivedAt: Date.parse(events[0].receivedAt), event: events[0] };
}

function assertNow({ at, receivedAt }, what) {
  assert.equal(at, receivedAt, what);
  assert.ok(Math.abs(receivedAt - Date.now()) < 10_000, what);
}

test("a clock that is two days ahead, or behind, is put right by sentAt", async () => {
  for (const skew of [2 * DAY, -2 * DAY]) {
    const sentAt = Date.now() + skew;
    for (const field of ["timestamp", "originalTimestamp"]) {
      const { at, receivedAt } = await stored({ [field]: iso(sentAt - 5_000) }, { sentAt: iso(sentAt) });
      assert.equal(at, receivedAt - 5_000, `${field}, ${skew}`);
    }
    assertNow(await stored({ timestamp: iso(sentAt) }, { sentAt: iso(sentAt) }));
  }
});

test("a single call carries its sentAt itself", async () => {
  const sentAt = Date.now() + 2 * DAY;
  const { at, receivedAt, event } = await stored({ timestamp: iso(sentAt - 60_000), sentAt: iso(sentAt) }, { path: "/v1/track" });
  assert.equal(at, receivedAt - 60_000);
  assert.equal(event.sentAt, undefined);
});

test("originalTimestamp is the client's own note, and counts before timestamp", async () => {
  const sentAt = Date.now() + 2 * DAY;
  const times = { originalTimestamp: iso(sentAt - 30_000), timestamp: iso(sentAt - 90_000) };
  const { at, receivedAt } = await stored(times, { sentAt: iso(sentAt) });
  assert.equal(at, receivedAt - 30_000);
});

test("of a server, what its caller passed counts before what its client noted", async () => {
  const sentAt = Date.now();
  const past = sentAt - 400 * DAY;
  const times = { channel: "server", originalTimestamp: iso(sentAt), timestamp: iso(past) };
  const { at, receivedAt } = await stored(times, { sentAt: iso(sentAt) });
  assert.equal(at, receivedAt - (sentAt - past));
});

test("history without sentAt keeps its time", async () => {
  for (const past of ["2017-01-01T11:53:26.123Z", "1969-07-20T20:17:40.000Z"]) {
    assert.equal(iso((await stored({ timestamp: past })).at), past);
  }
  assert.equal(iso((await stored({ timestamp: "2020-02-29T14:00:00+02:00" })).at), "2020-02-29T12:00:00.000Z");
  assert.equal(iso((await stored({ timestamp: "2020-02-29T12:00:00" })).at), "2020-02-29T12:00:00.000Z");
});

test("nobody can write into the future", async () => {
  assertNow(await stored({ timestamp: iso(Date.now() + 30 * DAY) }), "without sentAt");
  const sentAt = Date.now();
  assertNow(await stored({ timestamp: iso(sentAt + DAY) }, { sentAt: iso(sentAt) }), "an event after its own sending");
  assertNow(await stored({ timestamp: 253_402_300_799_999 }), "the year 9999");
});

test("without any time an event happened when it was received", async () => {
  assertNow(await stored({}), "nothing");
  assertNow(await stored({}, { sentAt: iso(Date.now() - DAY) }), "only sentAt");
  assertNow(await stored({ receivedAt: "2001-01-01T00:00:00Z" }), "a client can't say when we received it");
});

test("milliseconds since 1970 are a time, in every field that takes one", async () => {
  const past = Date.now() - 3 * DAY;
  assert.equal((await stored({ timestamp: past })).at, past);
  assert.equal((await stored({ originalTimestamp: past })).at, past);
  assert.equal((await stored({ timestamp: 0 })).at, 0);
  const ahead = Date.now() + 2 * DAY;
  const { at, receivedAt } = await stored({ timestamp: ahead - 5_000 }, { sentAt: ahead });
  assert.equal(at, receivedAt - 5_000);
});

test("what is no time is the time of receipt", async () => {
  const none = ["", "yesterday", "2026-13-45T99:99:99Z", "12:00", {}, [], true, null, 1e300, "9".repeat(400)];
  for (const timestamp of none) {
    assertNow(await stored({ timestamp }), JSON.stringify(timestamp));
    assertNow(await stored({ timestamp }, { sentAt: timestamp }), JSON.stringify(timestamp));
  }
});

test("a number far outside of history does not make a profile unreadable", async () => {
  for (const timestamp of ["-9007199254740993", "-9223372036854775808"]) {
    const anonymousId = randomUUID();
    const good = `{"type":"track","event":"Good","anonymousId":"${anonymousId}"}`;
    const odd = `{"type":"track","event":"Odd","anonymousId":"${anonymousId}","timestamp":${timestamp}}`;
    const { status } = await edge.send(`{"writeKey":"demo","batch":[${odd},${good}]}`);
    assert.equal(status, 200);
    const profile = await edge.profile(`anonymous_id:${anonymousId}`);
    assert.ok(profile.timeline.events.some((event) => event.event === "Good"), timestamp);
  }
});

test("traits are those of the newest event, in whatever order the events arrive", async () => {
  const base = Date.now() - DAY;
  const identify = (minute, id, traits) => ({ type: "identify", timestamp: iso(base + minute * 60_000), messageId: id, traits });
  const events = [
    identify(1, "a", { plan: "silver", city: "Ulm", color: "red" }),
    identify(2, "b", { plan: "gold", city: null }),
    identify(3, "c", { size: 42 }),
    identify(3, "d", { size: 43 }), // the same instant: the greater messageId is the newer one
  ];
  for (const order of permutations(events)) {
    const userId = randomUUID();
    for (const event of order) {
      const one = { ...event, userId };
      assert.equal((await edge.send({ writeKey: "demo-server", batch: [one] })).answer.accepted, 1);
    }
    const profile = await edge.profile(`user_id:${userId}`);
    const arrived = order.map((event) => event.messageId).join();
    assert.deepEqual(profile.traits, { plan: "gold", color: "red", size: 43 }, arrived);
    assert.deepEqual(profile.timeline.events.map((event) => event.messageId), ["d", "c", "b", "a"], arrived);
  }
});

/** Sends a person's events and gives back what became of each. */
async function results(userId, ...batch) {
  const body = { writeKey: "demo-server", batch: batch.map((event) => ({ type: "track", event: "Order Completed", userId, ...event })) };
  const { status, answer } = await edge.send(body, { path: "/v1/batch?results=1" });
  assert.equal(status, 200, JSON.stringify(answer));
  return answer.results;
}

test("of two events with one messageId the first counts, and that there were two is counted", async () => {
  const [userId, messageId] = [randomUUID(), randomUUID()];
  const before = (await edge.usage()).conflicts;
  const first = { messageId, properties: { order_id: "1", total: 5 } };
  const second = { messageId, properties: { order_id: "2", total: 7 } };
  const [accepted] = await results(userId, first);
  const [same] = await results(userId, first);
  const [other, again] = [...(await results(userId, second)), ...(await results(userId, { ...first, event: "Order Updated" }))];
  assert.deepEqual([accepted, same, other, again].map(({ outcome }) => outcome), ["accepted", "duplicate", "duplicate", "duplicate"]);
  assert.equal(same.warning, undefined, "the same event, sent again");
  for (const { warning } of [other, again]) assert.match(warning, /^conflict: /u);
  const profile = await edge.profile(`user_id:${userId}`);
  assert.deepEqual([profile.conflicts, profile.computed.revenue, profile.timeline.events.length], [2, 5, 1]);
  assert.equal((await edge.usage()).conflicts - before, 2);
});

test("what is older than is retained is turned away, and what has become so leaves the profile", async () => {
  const [userId, secret] = [randomUUID(), `secret-${randomUUID()}`];
  const at = (days, total, more) => ({ messageId: randomUUID(), timestamp: iso(Date.now() - days * DAY), properties: { order_id: randomUUID(), total, ...more } });
  const [old, recent] = [at(40, 5, { note: secret }), at(20, 7)];
  const named = { type: "identify", messageId: randomUUID(), timestamp: iso(Date.now() - 39 * DAY), traits: { email: `${userId}@example.com`, plan: secret } };
  assert.deepEqual((await results(userId, old, recent, named)).map(({ outcome }) => outcome), Array(3).fill("accepted"));
  const name = `user_id:${userId}`;
  assert.deepEqual([(await edge.profile(name)).computed.revenue, (await edge.profile(name)).traits.plan], [12, secret]);

  await edge.publish({ ...shopConfig(), "retention.json": { days: 30 } });
  const [late, young] = await results(userId, at(31, 1), at(29, 2));
  assert.deepEqual([late.outcome, late.code, young.outcome], ["rejected", "past_retention", "accepted"]);
  const nobody = randomUUID();
  assert.equal((await results(nobody, at(31, 1)))[0].code, "past_retention");
  assert.equal(await edge.profile(`user_id:${nobody}`), null, "it makes nobody known");

  const left = await until("the old events have left", async () => {
    const profile = await edge.profile(name);
    return profile.computed.events === 2 && profile;
  });
  assert.deepEqual([left.computed.revenue, left.traits], [9, {}]);
  assert.deepEqual(left.timeline.events.map(({ properties }) => properties.total), [7, 2], "newest first");
  assert.equal(left.firstSeen, left.timeline.events.at(-1).timestamp);
  // Who is who rests on what was seen together, and stays.
  assert.equal((await edge.profile(`email:${userId}@example.com`)).profileId, left.profileId);
  const sides = { left: [name], right: [`email:${userId}@example.com`], dryRun: true };
  const dry = await (await edge.admin(`/v1/profiles/${name}/unmerge`, { method: "POST", body: JSON.stringify(sides) })).json();
  assert.deepEqual(dry.before.map(({ events, expired }) => [events, expired]), [[2, 2]], JSON.stringify(dry));
  assert.equal(dry.after.reduce((sum, { expired }) => sum + expired, 0), 2, "what can't be restored is said before");
  assert.deepEqual((await results(userId, old, recent)).map(({ outcome, code }) => code ?? outcome), ["past_retention", "duplicate"]);

  await edge.rest();
  await edge.down();
  const found = contents(edge.state).filter(({ bytes }) => bytes.includes(secret)).map(({ kind }) => kind);
  assert.deepEqual(found, [], "nothing of what they said is in any database");
  await edge.up();
});

function permutations(items) {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
