// Merges in workerd: larger than one message, and cut off by a crash wherever they are.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, identityToken as token, until } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const page = (n) => ({ type: "page", timestamp: new Date(Date.now() - 3_600_000 + n).toISOString() });
const pages = (count) => Array.from({ length: count }, (_, n) => page(n));

/** Waits until all names lead to one profile, and gives it back. */
function one(names, within = 60_000) {
  return until(`${names.join(", ")} is one profile`, async () => {
    const profiles = await Promise.all(names.map((name) => edge.profile(name, "?limit=1")));
    const ids = new Set(profiles.map((profile) => profile?.profileId));
    return ids.size === 1 && profiles[0]?.pending.length === 0 && profiles[0];
  }, { within, every: 100 });
}

test("two long histories become one, whichever is older, and nothing is missing or double", { timeout: 120_000 }, async () => {
  for (const [older, younger] of [[450, 30], [30, 450]]) {
    const [first, second] = [new Device(edge), new Device(edge)];
    const sent = [await first.send(pages(older)), await second.send(pages(younger))];
    const userId = `long-${older}`;
    sent.push(await first.identify(userId), await second.identify(userId));
    const profile = await one([`user_id:${userId}`, `anonymous_id:${first.anonymousId}`, `anonymous_id:${second.anonymousId}`]);
    const wanted = sent.flatMap(({ batch }) => batch.map((event) => event.messageId)).sort();
    const stored = (await edge.timeline(`user_id:${userId}`)).map((event) => event.messageId);
    assert.deepEqual(stored.sort(), wanted);
    assert.equal(profile.computed.events, wanted.length);
    const again = await edge.send({ writeKey: "demo", batch: sent.flatMap(({ batch }) => batch) });
    assert.equal(again.answer.duplicate, wanted.length);
  }
});

test("killed while many people's devices join, each person is one profile in the end with every event", { timeout: 240_000 }, async () => {
  const people = Array.from({ length: 12 }, () => ({
    userId: `crash-${randomUUID()}`,
    devices: Array.from({ length: 3 }, () => new Device(edge)),
    batches: [],
  }));
  /** Sends the same until it is acknowledged, as a client does. */
  const surely = async (person, device, events) => {
    const batch = events.map((event) => ({ messageId: randomUUID(), ...event }));
    person.batches.push(batch);
    await until("the events are taken", async () => {
      const answer = await device.send(batch).catch(() => null);
      return answer?.status === 200;
    }, { every: 200 });
  };
  for (const person of people) {
    for (const device of person.devices) await surely(person, device, pages(60));
  }
  const logins = people.flatMap((person) =>
    person.devices.map((device) =>
      surely(person, device, [{ type: "identify", userId: person.userId, context: { identityToken: token(person.userId) } }])),
  );
  for (let crash = 0; crash < 3; crash += 1) {
    await new Promise((done) => setTimeout(done, 150 + 150 * crash));
    await edge.kill();
    await edge.up();
  }
  await Promise.all(logins);
  for (const { userId, devices, batches } of people) {
    await one([`user_id:${userId}`, ...devices.map((device) => `anonymous_id:${device.anonymousId}`)], 120_000);
    const stored = (await edge.timeline(`user_id:${userId}`)).map((event) => event.messageId);
    assert.deepEqual(stored.sort(), batches.flat().map((event) => event.messageId).sort());
  }
});
