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

test("whoever is read or asks for offers while two become one is seen as before or as after, and never half", { timeout: 120_000 }, async () => {
  const [first, second] = [new Device(edge), new Device(edge)];
  const added = (product_id, category) => ({ type: "track", event: "Product Added", properties: { product_id, category, price: 10, quantity: 1 } });
  const said = (advertising) => ({ context: { consent: { categoryPreferences: { analytics: true, personalisation: true, advertising } } } });
  const earlier = { timestamp: new Date(Date.now() - 48 * 3_600_000).toISOString() };
  const bought = ["one", "two"].map((order_id) => ({ type: "track", event: "Order Completed", properties: { order_id, total: 20, products: [] }, ...earlier }));
  await first.send([...bought, ...pages(400), { ...added("tent", "Tents"), ...said(true) }]);
  await second.send([...pages(450), { ...added("shoes", "Running shoes"), ...said(false) }]);
  await first.identify("seen-whole");
  const names = [first, second].map(({ anonymousId }) => `anonymous_id:${anonymousId}`);
  /** What a reader sees: all of it from one reading. */
  const view = ({ computed, consent, segments }) =>
    JSON.stringify({ cart: computed.cart.items.map((item) => item.product_id ?? item.productId), advertising: consent.purposes.advertising, segments: segments.map(({ id }) => id) });
  const read = async (name) => view(await edge.profile(name, "?limit=1"));
  const offer = async (device) => (await device.send([], ["hero", "cart-strip"])).decisions.map(({ offer }) => offer).join(" and ");
  const before = { views: await Promise.all(names.map(read)), offers: [await offer(first), await offer(second)] };
  assert.notEqual(...before.views);
  assert.notEqual(...before.offers);

  let over = false;
  const seen = { views: new Set(), offers: new Set() };
  const readers = [first, second, first, second].map(async (device) => {
    while (!over) {
      const [view, offered] = await Promise.all([read(`anonymous_id:${device.anonymousId}`), offer(device)]);
      seen.views.add(view);
      seen.offers.add(offered);
    }
  });
  await second.identify("seen-whole");
  await one([...names, "user_id:seen-whole"]);
  over = true;
  await Promise.all(readers);
  const since = { view: await read("user_id:seen-whole"), offer: await offer(second) };
  assert.deepEqual([...seen.views].filter((one) => ![...before.views, since.view].includes(one)), []);
  assert.deepEqual([...seen.offers].filter((one) => ![...before.offers, since.offer].includes(one)), []);
  assert.ok(!before.views.includes(since.view), since.view);
  assert.ok(!before.offers.includes(since.offer), since.offer);
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
