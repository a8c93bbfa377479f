// Who an event is about: anonymous to known, second devices, strangers, and what is not proven.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, identityToken, until } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const shoes = { type: "track", event: "Product Added", properties: { category: "Running shoes", price: 149 } };
const names = (events) => events.map((event) => event.event ?? event.type);

test("a login keeps the profile and its earlier events", async () => {
  const device = new Device(edge);
  await device.send([{ type: "page", timestamp: new Date(Date.now() - 60_000).toISOString() }, shoes]);
  const before = await edge.profile(`anonymous_id:${device.anonymousId}`);
  await device.identify("keep-1", { plan: "gold" });
  const after = await edge.profile("user_id:keep-1");
  assert.equal(after.profileId, before.profileId);
  assert.deepEqual(names(after.timeline.events), ["identify", "Product Added", "page"]);
  assert.deepEqual(after.traits, { plan: "gold" });
  assert.deepEqual(after.segments.map((segment) => segment.id), ["running-shoes-in-cart"]);
});

test("a second device that logs in joins, and its first answer shows what the first one earned", async () => {
  const first = new Device(edge);
  await first.send([shoes]);
  await first.identify("two-devices");
  const second = new Device(edge);
  const anonymous = await second.send([{ type: "page" }], ["hero"]);
  assert.notEqual(anonymous.decisions[0].offer, "running-week");
  const answer = await second.identify("two-devices", {}, { placements: ["hero"] });
  assert.equal(answer.decisions[0].offer, "running-week");
  const profile = await edge.profile("user_id:two-devices");
  const ids = profile.identifiers.map((id) => `${id.namespace}:${id.value}`).sort();
  assert.deepEqual(
    ids,
    [`anonymous_id:${first.anonymousId}`, `anonymous_id:${second.anonymousId}`, "user_id:two-devices"].sort(),
  );
  assert.equal(profile.merges.length, 1);
  const [merged] = profile.merges;
  assert.equal(merged.messageId, answer.batch[0].messageId);
  const [came, before] = [merged.identifiers, merged.before].map((ids) => ids.map(({ namespace, value }) => `${namespace}:${value}`).sort());
  assert.deepEqual(came, [`anonymous_id:${second.anonymousId}`], "every identifier that came with it");
  assert.deepEqual(before, [`anonymous_id:${first.anonymousId}`, "user_id:two-devices"], "and those that were there");
  const login = profile.identifiers.find(({ namespace }) => namespace === "user_id");
  assert.deepEqual([login.source, login.trust, login.state], ["shop", "verified", "active"]);
  assert.ok(login.firstSeen < login.lastSeen, "from the first login to the second");
  const joined = await edge.profile(`anonymous_id:${second.anonymousId}`);
  assert.equal(joined.profileId, profile.profileId);
});

test("events older than the login, on either device, are on the one timeline and segments see them", async () => {
  const [first, second] = [new Device(edge), new Device(edge)];
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
  await first.send([{ type: "track", event: "Product Viewed", timestamp: hourAgo }]);
  await first.identify("one-timeline");
  await second.send([{ ...shoes, timestamp: hourAgo }]);
  await second.identify("one-timeline");
  const profile = await edge.profile("user_id:one-timeline");
  assert.deepEqual(names(profile.timeline.events).sort(), ["Product Added", "Product Viewed", "identify", "identify"]);
  assert.deepEqual(profile.segments.map((segment) => segment.id), ["running-shoes-in-cart"]);
});

test("an identify without a token changes nothing about the customer and shows nothing of theirs", async () => {
  const customer = new Device(edge);
  await customer.send([shoes]);
  await customer.identify("victim", { tier: "silver" });
  const before = await edge.profile("user_id:victim");
  const stranger = new Device(edge);
  for (const token of [null, identityToken("victim", { secret: "guessed" }), identityToken("victim", { expiresIn: -600 })]) {
    const answer = await stranger.identify("victim", { tier: "gold" }, { token, placements: ["hero"] });
    assert.equal(answer.accepted, 1);
    assert.ok(!["running-week", "gold-early-access"].includes(answer.decisions[0].offer), answer.decisions[0].offer);
  }
  assert.deepEqual(await edge.profile("user_id:victim"), before);
  const own = await edge.profile(`anonymous_id:${stranger.anonymousId}`);
  assert.deepEqual(own.traits, {});
  assert.deepEqual(own.claimedTraits, { tier: "gold" });
  assert.deepEqual(own.claimed.map((claim) => claim.value), ["victim"]);
});

test("another browser that knows an anonymousId may append but sees nothing", async () => {
  const owner = new Device(edge);
  await owner.send([shoes]);
  const other = new Device(edge, owner.anonymousId);
  const answer = await other.send([{ type: "identify", traits: { tier: "gold" } }], ["hero"]);
  assert.equal(answer.accepted, 1);
  assert.deepEqual((await edge.profile(`anonymous_id:${owner.anonymousId}`)).traits, {});
  assert.equal(answer.device, "unbound");
  assert.equal(answer.decisions[0].offer, null);
  assert.equal(other.cookie, "");
  assert.equal((await owner.send([], ["hero"])).decisions[0].offer, "running-week");
});

test("a forged device cookie is no cookie", async () => {
  const owner = new Device(edge);
  await owner.send([shoes]);
  const thief = new Device(edge, owner.anonymousId);
  const [payload] = owner.cookie.split("=")[1].split(".");
  thief.cookie = `selvedge_device=${payload}.${"A".repeat(43)}`;
  assert.equal((await thief.send([], ["hero"])).device, "unbound");
});

test("when the first answer is lost, sending the same batch again makes first contact good", async () => {
  const device = new Device(edge);
  const event = { ...shoes, messageId: randomUUID() };
  await device.send([event]);
  device.cookie = ""; // the answer never arrived
  const again = await device.send([event], ["hero"]);
  assert.equal(again.duplicate, 1);
  assert.equal(again.device, "bound");
  assert.equal(again.decisions[0].offer, "running-week");
});

test("two people on one browser without a reset stay two people, and the refusal is recorded", async () => {
  const device = new Device(edge);
  await device.identify("person-1", { name: "One" });
  const answer = await device.identify("person-2", { name: "Two" });
  assert.equal(answer.accepted, 1);
  const [one, two] = [await edge.profile("user_id:person-1"), await edge.profile("user_id:person-2")];
  assert.notEqual(one.profileId, two.profileId);
  assert.deepEqual(one.traits, { name: "One" });
  assert.deepEqual(two.traits, { name: "Two" });
  assert.deepEqual(two.refusals.map((refusal) => refusal.reason), ["unique:user_id"]);
});

test("placeholders are nobody", async () => {
  const { answer } = await edge.send({
    writeKey: "demo-server",
    batch: ["null", "0", "undefined"].map((userId) => ({ type: "track", event: "X", userId, messageId: randomUUID() })),
  });
  assert.equal(answer.rejected, 3);
  assert.ok(answer.results.every((result) => result.code === "no_user_anon_id"));
});

test("first events that arrive at once make one profile", async () => {
  const userId = `at-once-${randomUUID()}`;
  const send = (n) =>
    edge.send({ writeKey: "demo-server", batch: [{ type: "track", event: `E${n}`, userId, messageId: randomUUID() }] });
  const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => send(n)));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal((await edge.timeline(`user_id:${userId}`)).length, 12);
});

test("many devices that log in at once as one person become one profile without losing an event", async () => {
  const devices = Array.from({ length: 4 }, () => new Device(edge));
  await Promise.all(devices.map((device) => device.send([shoes])));
  await Promise.all(devices.map((device) => device.identify("at-once")));
  await Promise.all(devices.map((device) => device.send([{ type: "page" }])));
  const profile = await edge.profile("user_id:at-once");
  for (const device of devices) {
    assert.equal((await edge.profile(`anonymous_id:${device.anonymousId}`)).profileId, profile.profileId);
  }
  assert.equal((await edge.timeline("user_id:at-once")).length, 12);
});

test("one device too many is not linked, but its login is the customer's and sees their offer", async () => {
  const first = new Device(edge);
  await first.send([shoes]);
  await first.identify("many-devices");
  let answer;
  let device;
  for (let n = 0; n < 6; n += 1) {
    device = new Device(edge);
    await device.send([{ type: "page" }], ["hero"]);
    answer = await device.identify("many-devices", { visits: n }, { placements: ["hero"] });
    assert.equal(answer.decisions[0].offer, "running-week", `login ${n + 2}`);
  }
  const profile = await edge.profile("user_id:many-devices");
  assert.equal(profile.traits.visits, 5);
  assert.equal(profile.timeline.events[0].messageId, answer.batch[0].messageId);
  assert.equal(profile.identifiers.filter((id) => id.namespace === "anonymous_id").length, 5);
  assert.ok(profile.refusals.some((refusal) => refusal.reason === "limit:anonymous_id"));
  const next = await device.send([{ type: "page" }], ["hero"]);
  assert.equal(next.decisions[0].offer, "running-week", "and on the next page too");
});

test("two customers who share an e-mail stay two, also when it arrives together with the second login", async () => {
  const [one, two, mail] = [`shared-1-${randomUUID()}`, `shared-2-${randomUUID()}`, `${randomUUID()}@example.com`];
  const [here, there] = [randomUUID(), randomUUID()];
  const send = (event) => edge.send({ writeKey: "demo-server", batch: [{ messageId: randomUUID(), ...event }] });
  await send({ type: "identify", userId: two, anonymousId: here, traits: { email: mail } });
  await send({ type: "page", anonymousId: there });
  await send({ type: "identify", userId: one, anonymousId: there, traits: { email: mail } });
  const [first, second] = [await edge.profile(`user_id:${one}`), await edge.profile(`user_id:${two}`)];
  assert.notEqual(first.profileId, second.profileId);
  for (const profile of [first, second]) {
    assert.equal(profile.identifiers.filter((id) => id.namespace === "user_id").length, 1);
  }
  assert.ok(first.refusals.some((refusal) => refusal.reason === "unique:user_id" && refusal.namespace === "email"));
});

test("devices that log in at the same moment, again and again, always become one profile", { timeout: 120_000 }, async () => {
  for (let round = 0; round < 5; round += 1) {
    const userId = `same-moment-${round}`;
    const devices = Array.from({ length: 3 }, () => new Device(edge));
    for (const device of devices) await device.send([shoes]);
    await Promise.all(devices.map((device) => device.identify(userId)));
    const ids = devices.map((device) => `anonymous_id:${device.anonymousId}`);
    // What met in mid-air is finished by alarms, at the latest when the room it kept is given up.
    await until(`round ${round} is one profile`, async () => {
      const profiles = await Promise.all([`user_id:${userId}`, ...ids].map((id) => edge.profile(id)));
      return new Set(profiles.map((profile) => profile.profileId)).size === 1;
    }, { within: 90_000, every: 200 });
    assert.equal((await edge.timeline(`user_id:${userId}`)).length, 6);
  }
});

test("who reads while two profiles become one sees them as before or as after, and never a half", { timeout: 120_000 }, async () => {
  const consent = (advertising) => ({ type: "track", event: "Segment Consent Preference Updated", context: { consent: { categoryPreferences: { advertising, analytics: true, personalisation: true } } } });
  const added = (product_id, category) => ({ type: "track", event: "Product Added", properties: { product_id, category, price: 149 } });
  const [first, second] = [new Device(edge), new Device(edge)];
  const userId = `read-${randomUUID()}`;
  await first.send([{ type: "page" }, added("shoe-1", "Running shoes"), consent(true)]);
  await first.identify(userId, { city: "Ulm" });
  await second.send([consent(false), added("lamp-1", "Lamps")]);
  // More than one message takes to move.
  for (let n = 0; n < 3; n += 1) await second.send(Array.from({ length: 150 }, () => ({ type: "page" })));
  const whole = ({ identifiers, traits, computed, consent }) => JSON.stringify({
    ids: identifiers.map(({ namespace, value, state }) => `${namespace}:${value} ${state}`).sort(),
    traits, cart: computed.cart.items.map(({ product_id }) => product_id).sort(), purposes: consent.purposes,
  });
  const names = [`anonymous_id:${second.anonymousId}`, `user_id:${userId}`];
  const before = await Promise.all(names.map(async (name) => whole(await edge.profile(name, "?limit=1"))));
  assert.notEqual(before[0], before[1]);
  const seen = [[], []];
  const offers = [];
  let over = false;
  const reading = names.map(async (name, index) => {
    while (!over) seen[index].push(whole(await edge.profile(name, "?limit=1")));
  });
  const deciding = (async () => {
    while (!over) offers.push((await second.send([{ type: "page" }], ["hero"])).decisions[0].offer === "running-week");
  })();
  await second.identify(userId, {}, { placements: ["hero"] });
  const one = await until("they are one", async () => {
    const [joined, person] = await Promise.all(names.map((name) => edge.profile(name, "?limit=1")));
    return joined.profileId === person.profileId && person.pending.length === 0 && person;
  });
  over = true;
  await Promise.all([...reading, deciding]);
  const after = whole(one);
  assert.deepEqual(JSON.parse(after).cart, ["lamp-1", "shoe-1"]);
  assert.equal(JSON.parse(after).purposes.advertising, false, "the most restrictive word of two devices");
  seen.forEach((states, index) => {
    assert.deepEqual([...new Set(states)].filter((state) => ![before[index], after].includes(state)), [], names[index]);
    const turn = states.indexOf(after);
    assert.ok(turn < 0 || states.slice(turn).every((state) => state === after), "and never as before again");
  });
  const turn = offers.indexOf(true);
  assert.ok(turn >= 0 && offers.slice(turn).every(Boolean), "nor is anything decided so");
});
