// Who is who by an admin's word: taking a merge back, joining by hand, trying rules, quarantine; each dry first.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, shopConfig, until } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const post = async (path, body) => {
  const response = await edge.admin(path, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
};
const decree = (name, what, body) => post(`/v1/profiles/${encodeURIComponent(name)}/${what}`, body);
const server = (event) =>
  edge.send({ writeKey: "demo-server", batch: [{ messageId: randomUUID(), ...event }] }, { path: "/v1/batch?results=1" });
/** What a dry run and the profile itself must agree on: what a marketer would compare, not when it was looked at. */
const essence = ({ profileId, identifiers, firstSeen, lastSeen, traits, claimedTraits, accounts, computed, consent, segments, refusals }) => ({
  profileId, identifiers, firstSeen, lastSeen, traits, claimedTraits, accounts, computed, consent,
  segments: segments.map((segment) => segment.id),
  refusals: refusals
    .map(({ id, namespace, value, reasons, messageId, at }) => ({ id: id ?? `${namespace}:${value}`, reasons, messageId, at }))
    .sort((one, other) => (one.messageId + one.id < other.messageId + other.id ? -1 : 1)),
});
const bought = (revenue) => ({ type: "track", event: "Order Completed", properties: { revenue } });
/** All that is computed of somebody whose every event in a shop was an order of nothing but an amount; the times are its own. */
const computed = ({ computed: { firstOrderAt, lastOrderAt } }, { revenue, last, ...known }) => ({
  revenue, grossRevenue: revenue, refunded: 0, currency: null, revenueByCurrency: {}, firstOrderAt, lastOrderAt,
  lastOrder: { order_id: null, value: last, at: lastOrderAt, refunded: 0, currency: null, cancelled: false, products: [] },
  cart: { cart_id: null, items: [], value: 0, currency: null, quantity: 0, updatedAt: lastOrderAt },
  lastViewed: [], categories: [], ...known,
});
const byId = (one, other) => (one.profileId < other.profileId ? -1 : 1);
const held = (profile) => profile.identifiers.map(({ namespace, value, state }) => `${namespace}:${value} ${state}`).sort();

test("a merge that was wrong is taken back, events and traits return, and it is not made again", async () => {
  const [first, second] = [new Device(edge), new Device(edge)];
  await first.send([{ type: "page" }]);
  await first.identify("wrong", { city: "Ulm" });
  const before = await edge.profile("user_id:wrong");
  const page = await second.send([{ type: "page", properties: { mine: true } }]);
  const alone = await edge.profile(`anonymous_id:${second.anonymousId}`);
  await second.identify("wrong", {});
  const one = await edge.profile("user_id:wrong");
  assert.equal(one.merges.length, 1);
  const { messageId } = one.merges[0];

  const dry = await decree("user_id:wrong", "unmerge", { messageId, dryRun: true });
  assert.equal(dry.status, 200, JSON.stringify(dry));
  assert.deepEqual([dry.before.length, dry.after.length], [1, 2]);
  assert.deepEqual(dry.changed, [one.profileId]);
  assert.deepEqual(await edge.profile("user_id:wrong"), one, "a dry run changes nothing");

  const done = await decree("user_id:wrong", "unmerge", { messageId });
  assert.equal(done.status, 200, JSON.stringify(done));
  const name = `anonymous_id:${second.anonymousId}`;
  const other = await until("the second device is by itself", async () => {
    const profile = await edge.profile(name);
    return profile?.profileId !== one.profileId && profile?.timeline.events.length > 0 && profile;
  });
  assert.equal(other.profileId, alone.profileId, "under the id that it had");
  assert.deepEqual(other.timeline.events.map((event) => event.messageId), [page.batch[0].messageId]);
  const rest = await edge.profile("user_id:wrong");
  assert.deepEqual(held(rest), held(before));
  assert.deepEqual(rest.traits, before.traits);
  assert.equal(rest.neverMerge.length, 1);

  const again = await second.identify("wrong", {});
  assert.equal(again.accepted, 1);
  await until("the link is refused", async () => {
    const { refusals } = await edge.profile("user_id:wrong");
    return refusals.some((refusal) => refusal.reason === "never_merge:anonymous_id");
  });
  assert.equal((await edge.profile(name)).profileId, alone.profileId);
});

test("two people that an admin says are one become one, and every id ever issued leads there", async () => {
  const [one, two] = [`hand-1-${randomUUID()}`, `hand-2-${randomUUID()}`];
  await server({ type: "identify", userId: one, traits: { plan: "gold" } });
  await server({ type: "identify", userId: two, traits: { city: "Ulm" } });
  const younger = await edge.profile(`user_id:${two}`);
  const dry = await decree(`user_id:${one}`, "merge", { with: `user_id:${two}`, dryRun: true });
  assert.deepEqual([dry.before?.length, dry.after?.length], [2, 1], JSON.stringify(dry));
  const done = await decree(`user_id:${one}`, "merge", { with: `user_id:${two}` });
  assert.equal(done.status, 200, JSON.stringify(done));
  const profile = await until("they are one", async () => {
    const profile = await edge.profile(`user_id:${one}`);
    return profile.merges.length === 1 && profile;
  });
  assert.deepEqual(held(profile), [`user_id:${one} active`, `user_id:${two} retired`].sort());
  assert.deepEqual(profile.traits, { plan: "gold", city: "Ulm" });
  for (const name of [`user_id:${two}`, `id:${younger.profileId}`]) {
    assert.equal((await edge.profile(name)).profileId, profile.profileId, name);
  }
  const same = await decree(`user_id:${one}`, "merge", { with: `user_id:${two}` });
  assert.deepEqual([same.status, same.code], [400, "invalid_request"]);
});

test("a dry run of an unmerge says what the two will be, exactly: traits, counters, segments, memberships", async () => {
  const files = shopConfig();
  const performed = (count) => ({ performed: { event: "Order Completed", count } });
  files["segments/buyers.json"] = { id: "buyers", name: "Buyers", rule: performed({ min: 1 }) };
  files["segments/regulars.json"] = { id: "regulars", name: "Regulars", rule: performed({ min: 3 }) };
  files["segments/new.json"] = { id: "new", name: "New", rule: performed({ max: 1 }) };
  files["segments/big-account.json"] = { id: "big-account", name: "At a big account", rule: { traits: { "account.plan": "gold" } } };
  files["traits.json"] = { traits: { visits: { merge: "sum" } } };
  await edge.publish(files);
  const [user, first, second, account] = ["u", "a", "b", "acme"].map((name) => `${name}-${randomUUID()}`);
  await server({ type: "identify", userId: user, anonymousId: first, traits: { city: "Ulm", visits: 2 } });
  await server({ ...bought(10), userId: user, anonymousId: first });
  await server({ type: "identify", anonymousId: second, traits: { city: "Bonn", visits: 5, shoes: 43 } });
  for (const revenue of [20.25, 5]) await server({ ...bought(revenue), anonymousId: second });
  await server({ type: "group", anonymousId: second, groupId: account, traits: { plan: "gold" } });
  const parts = [await edge.profile(`user_id:${user}`), await edge.profile(`anonymous_id:${second}`)];
  await server({ type: "identify", userId: user, anonymousId: second });
  const one = await edge.profile(`user_id:${user}`);
  assert.deepEqual(one.computed, computed(one, { orders: 3, revenue: 35.25, last: 5, averageOrder: 11.75, events: 7 }));
  const [{ messageId }] = one.merges;

  const dry = await decree(`user_id:${user}`, "unmerge", { messageId, dryRun: true });
  assert.equal(dry.status, 200, JSON.stringify(dry));
  assert.deepEqual(dry.before.map(essence), [essence(one)]);
  assert.equal(dry.beyond, null);
  const [rest, other] = dry.after;
  assert.deepEqual([rest.entered, rest.left], [["new"], ["big-account", "regulars"]]);
  assert.deepEqual([other.entered, other.left], [[], ["regulars"]]);
  assert.deepEqual([rest.profiles, other.profiles], [[one.profileId], [one.profileId]]);
  // Since when time alone, or an account, has put somebody into a segment is as of the moment of reading.
  const still = ({ segments, ...profile }) => ({ ...profile, segments: segments.map((segment) => segment.id) });
  assert.deepEqual(still(await edge.profile(`user_id:${user}`)), still(one), "a dry run changes nothing");

  const done = await decree(`user_id:${user}`, "unmerge", { messageId });
  assert.equal(done.status, 200, JSON.stringify(done));
  const parted = await until("they are two", async () => {
    const both = await Promise.all([edge.profile(`user_id:${user}`), edge.profile(`anonymous_id:${second}`)]);
    return both[1]?.profileId === parts[1].profileId && both[1].computed.events === other.events && both;
  });
  assert.deepEqual(parted.map(essence), dry.after.map(essence), "what the dry run said is what came about");
  assert.deepEqual(parted.map((profile) => profile.profileId), parts.map((profile) => profile.profileId));
  assert.deepEqual(parted[1].traits, parts[1].traits);
  assert.deepEqual(parted[1].accounts, parts[1].accounts);
});

test("a dry run of a merge by hand says what the one will be, exactly", async () => {
  const [one, two, account] = [1, 2, 3].map((n) => `dry-${n}-${randomUUID()}`);
  await server({ type: "identify", userId: one, traits: { plan: "gold", visits: 1, email: `${one}@example.com` } });
  await server({ ...bought(1.5), userId: one });
  await server({ type: "identify", userId: two, traits: { city: "Ulm", visits: 4 } });
  for (const revenue of [2, 3]) await server({ ...bought(revenue), userId: two });
  await server({ type: "group", userId: two, groupId: account, traits: { plan: "gold" } });
  const before = [await edge.profile(`user_id:${one}`), await edge.profile(`user_id:${two}`)];
  const dry = await decree(`user_id:${one}`, "merge", { with: `user_id:${two}`, dryRun: true });
  assert.deepEqual(dry.before.map(essence).sort(byId), before.map(essence).sort(byId));
  assert.equal(dry.after.length, 1, JSON.stringify(dry));
  assert.deepEqual([dry.after[0].entered, dry.after[0].left], [["regulars"], ["new"]]);
  assert.deepEqual(dry.after[0].computed, computed(dry.after[0], { orders: 3, revenue: 6.5, last: 3, averageOrder: 2.166666, events: 6 }));
  assert.deepEqual([...dry.changed].sort(), before.map((profile) => profile.profileId).sort());
  assert.deepEqual((await edge.profile(`user_id:${two}`)).profileId, before[1].profileId, "nothing has moved");

  assert.equal((await decree(`user_id:${one}`, "merge", { with: `user_id:${two}` })).status, 200);
  const merged = await until("they are one", async () => {
    const profile = await edge.profile(`user_id:${two}`);
    return profile?.merges.length === 1 && profile.pending.length === 0 && profile;
  });
  assert.deepEqual(essence(merged), essence(dry.after[0]), "what the dry run said is what came about");
});

test("an unmerge where too many are connected is refused with the reason, and its dry run says so before", { timeout: 120_000 }, async () => {
  const [user, email] = [randomUUID(), `${randomUUID()}@example.com`];
  const device = randomUUID();
  await server({ type: "page", anonymousId: device });
  await server({ type: "identify", userId: user, anonymousId: device, traits: { email } });
  for (let n = 0; n < 52; n += 1) await server({ type: "identify", userId: randomUUID(), traits: { email } });
  const before = await edge.profile(`user_id:${user}`);
  const parted = { left: [`user_id:${user}`], right: [`anonymous_id:${device}`] };
  const dry = await decree(`user_id:${user}`, "unmerge", { ...parted, dryRun: true });
  assert.deepEqual([dry.status, dry.beyond?.bound, dry.beyond?.most, dry.after], [200, "profiles", 50, []], JSON.stringify(dry));
  assert.match(dry.beyond.message, /more than 50 profiles .* can't be taken back/);
  assert.deepEqual(dry.before.map(essence), [essence(before)], "as they are is shown all the same");
  const done = await decree(`user_id:${user}`, "unmerge", parted);
  assert.deepEqual([done.status, done.code, done.success], [409, "beyond_bounds", false]);
  assert.match(done.message, /more than 50 profiles/);
  const after = await edge.profile(`user_id:${user}`);
  assert.deepEqual([after.neverMerge, after.lateConflicts, held(after)], [[], before.lateConflicts, held(before)]);
});

test("of a profile with more events than a re-resolution reads, a dry run shows how it is and says what it can't show", { timeout: 120_000 }, async () => {
  const [user, device, small] = [randomUUID(), randomUUID(), randomUUID()];
  const send = (batch) => edge.send({ writeKey: "demo-server", batch: batch.map((event) => ({ messageId: randomUUID(), ...event })) });
  await send([{ type: "page", anonymousId: device }, { type: "identify", userId: user, anonymousId: device, traits: { city: "Ulm" } }]);
  for (let n = 0; n < 10; n += 1) await send(Array.from({ length: 1_000 }, () => ({ type: "page", userId: user })));
  await send([{ type: "identify", userId: small }]);
  const big = await edge.profile(`user_id:${user}`);
  assert.equal(big.computed.events, 10_002);
  const parted = { left: [`user_id:${user}`], right: [`anonymous_id:${device}`] };
  const dry = await decree(`user_id:${user}`, "unmerge", { ...parted, dryRun: true });
  assert.deepEqual([dry.status, dry.tooBig, dry.after, dry.changed], [200, [big.profileId], [], []]);
  assert.deepEqual([dry.beyond.bound, dry.beyond.most], ["events", 10_000]);
  assert.match(dry.beyond.message, /more than 10000 events/);
  assert.deepEqual(dry.before.map(essence), [essence(big)]);
  const done = await decree(`user_id:${user}`, "unmerge", parted);
  assert.deepEqual([done.status, done.code], [409, "beyond_bounds"]);
  const merge = await decree(`user_id:${small}`, "merge", { with: `user_id:${user}`, dryRun: true });
  assert.deepEqual([merge.status, merge.before.length, merge.after, merge.beyond.bound], [200, 2, [], "events"]);
  assert.match(merge.beyond.message, /joins the two all the same/);
});

test("a merge of more events than a re-resolution reads is taken back by its ledger, while events go on", { timeout: 240_000 }, async () => {
  const [user, device] = [randomUUID(), randomUUID()];
  const [email, phones] = [`${randomUUID()}@example.com`, ["a", "b", "c"].map((name) => `${name}-${randomUUID()}`)];
  const sent = { small: [], big: [] };
  const send = async (whose, events) => {
    const batch = events.map((event) => ({ messageId: randomUUID(), ...event }));
    sent[whose].push(...batch.map(({ messageId }) => messageId));
    const { answer } = await edge.send({ writeKey: "demo-server", batch });
    assert.equal(answer.accepted, batch.length, JSON.stringify(answer));
    return batch;
  };
  await send("small", [{ type: "identify", anonymousId: device, traits: { email, city: "Ulm" } }, { ...bought(5), anonymousId: device }]);
  await send("big", phones.map((anonymousId) => ({ type: "identify", userId: user, anonymousId, traits: { city: "Bonn" } })));
  for (let n = 0; n < 11; n += 1) await send("big", Array.from({ length: 1_000 }, (_, at) => ({ type: "page", userId: user, ...(at % 2 && { anonymousId: phones[at % 3] }) })));
  const linked = (name) => until(`${name} has no link under way`, async () => {
    const profile = await edge.profile(name);
    return profile?.pending.length === 0 && profile;
  });
  const before = [await linked(`anonymous_id:${device}`), await linked(`user_id:${user}`)];
  const [{ messageId }] = await send("big", [{ type: "identify", userId: user, traits: { email } }]);
  const one = await until("they are one", async () => {
    const profile = await linked(`user_id:${user}`);
    return profile.merges.some((merge) => merge.messageId === messageId) && profile;
  }, { within: 120_000 });
  assert.equal(one.computed.events, sent.small.length + sent.big.length);
  assert.equal(one.profileId, before[0].profileId, "the big one has moved");

  const dry = await decree(`user_id:${user}`, "unmerge", { messageId, dryRun: true });
  assert.deepEqual([dry.status, dry.beyond.bound], [200, "events"]);
  assert.match(dry.beyond.message, /taken back by the ledger alone/);
  const done = await decree(`user_id:${user}`, "unmerge", { messageId });
  assert.equal(done.status, 200, JSON.stringify(done));
  let over = false;
  const traffic = (async () => {
    while (!over) {
      await send("big", [{ type: "page", userId: user }]);
      await send("small", [{ type: "page", anonymousId: device }]);
    }
  })();
  const names = [`anonymous_id:${device}`, `user_id:${user}`];
  const parted = () => Promise.all(names.map((name) => edge.profile(name, "?limit=1")));
  await until("they are two, each with its own", async () => {
    const [small, big] = await parted();
    return small?.profileId === before[0].profileId && big?.profileId === before[1].profileId && big.pending.length === 0;
  }, { within: 120_000 });
  over = true;
  await traffic;
  await until("every event is where it belongs, once", async () => {
    const [small, big] = await parted();
    return small.computed.events === sent.small.length && big.computed.events === sent.big.length;
  });
  for (const [whose, name] of [["small", names[0]], ["big", names[1]]]) {
    assert.deepEqual((await edge.timeline(name)).map((event) => event.messageId).sort(), sent[whose].sort());
  }
  const after = await parted();
  after.forEach((profile, index) => {
    assert.deepEqual(held(profile), held(before[index]));
    assert.deepEqual(profile.traits.city, before[index].traits.city);
    assert.equal(profile.computed.revenue, before[index].computed.revenue);
    assert.equal(profile.neverMerge.length, 1);
  });
  assert.ok(after[1].refusals.some((refusal) => refusal.messageId === messageId && refusal.reason === "never_merge:email"));
});

test("what other rules would change is shown before they are published", async () => {
  const [one, two] = [randomUUID(), randomUUID()];
  for (const n of [1, 2]) await server({ type: "identify", userId: one, traits: { email: `${one}-${n}@example.com` } });
  await server({ type: "identify", userId: two });
  const { "identity.json": rules = { namespaces: {} } } = shopConfig();
  const profiles = [`user_id:${one}`, `user_id:${two}`];
  const now = await post("/v1/identity/dry-run", { rules, profiles });
  assert.deepEqual([now.status, now.changed], [200, []], JSON.stringify(now));
  const stricter = structuredClone(rules);
  stricter.namespaces.email = { ...stricter.namespaces.email, limit: { count: 1 } };
  const then = await post("/v1/identity/dry-run", { rules: stricter, profiles });
  assert.deepEqual(then.changed, [(await edge.profile(`user_id:${one}`)).profileId]);
});

test("what if e-mail were unique? shows who would be whom among some profiles, and changes nothing", async () => {
  const [ada, bo, stranger] = ["ada", "bo", "cy"].map((name) => `${name}-${randomUUID()}`);
  const [old, now] = [`${ada}-old@example.com`, `${ada}-new@example.com`];
  await server({ type: "identify", userId: ada, traits: { email: old, city: "Ulm" } });
  await server({ type: "identify", userId: ada, traits: { email: now } });
  // Today the old address is still ada's, and bo is refused it.
  await server({ type: "identify", userId: bo, traits: { email: old } });
  await server({ ...bought(7), anonymousId: `d-${bo}`, context: { traits: { email: old } } });
  await server({ type: "identify", userId: stranger, traits: { city: "Bonn" } });
  const names = [ada, bo, stranger].map((id) => `user_id:${id}`);
  const read = () => Promise.all(names.map((name) => edge.profile(name)));
  const people = await read();
  const { "identity.json": rules } = shopConfig();
  const unique = structuredClone(rules);
  unique.namespaces.email = { priority: unique.namespaces.email.priority, unique: true };
  const same = await post("/v1/identity/dry-run", { rules, profiles: names });
  assert.deepEqual([same.status, same.changed], [200, []], JSON.stringify(same.changed));
  assert.deepEqual(same.after.map(essence).sort(byId), same.before.map(essence).sort(byId));
  const dry = await post("/v1/identity/dry-run", { rules: unique, profiles: names });
  assert.equal(dry.status, 200, JSON.stringify(dry));
  assert.deepEqual([...dry.changed].sort(), [people[0].profileId, people[1].profileId].sort());
  assert.deepEqual(dry.before.map(essence).sort(byId), people.map(essence).sort(byId));
  const after = (index) => dry.after.find((person) => person.profileId === people[index].profileId);
  assert.deepEqual([people[0].computed.orders, after(0).computed.orders, after(1).computed.orders], [1, 0, 1], "the order changes hands");
  assert.deepEqual(held(after(1)), [`anonymous_id:d-${bo} active`, `email:${old} active`, `user_id:${bo} active`].sort());
  assert.deepEqual(held(after(0)), [`email:${now} active`, `email:${old} released`, `user_id:${ada} active`].sort());
  assert.deepEqual(essence(after(2)), essence(people[2]));
  assert.deepEqual(await read(), people, "nothing is changed");
});

test("a dry run of rules says what it can't read, and whom it does not know", async () => {
  const { "identity.json": rules } = shopConfig();
  const unknown = await post("/v1/identity/dry-run", { rules, profiles: ["user_id:never-seen"] });
  assert.deepEqual([unknown.status, unknown.code], [404, "profile_not_found"]);
  assert.match(unknown.message, /user_id:never-seen/);
  for (const [bad, path] of [
    [{ namespaces: 1 }, "namespaces"],
    [{ ...rules, shared_device: "nobody" }, "shared_device"],
    [{ ...rules, namespaces: { user_id: { priority: 1, uniqe: true } } }, "namespaces.user_id.uniqe"],
    [{ ...rules, namespaces: { User: { priority: 1 } } }, "namespaces.User"],
  ]) {
    const answer = await post("/v1/identity/dry-run", { rules: bad, profiles: ["user_id:never-seen"] });
    assert.deepEqual([answer.status, answer.code], [400, "invalid_config"], JSON.stringify(answer));
    const [{ file, path: at, reason }] = answer.errors;
    assert.deepEqual([file, at], ["identity.json", path], JSON.stringify(answer));
    assert.ok(reason.length > 0);
  }
  const { status } = await post("/v1/identity/dry-run", {});
  assert.equal(status, 400);
});

test("a refused link, and a value that is no identifier, are said in the results that are asked for", async () => {
  const [one, two, email] = [randomUUID(), randomUUID(), `${randomUUID()}@example.com`];
  await server({ type: "identify", userId: one, traits: { email } });
  const { answer } = await server({ type: "identify", userId: two, traits: { email, phone: "none" } });
  assert.equal(answer.accepted, 1);
  const [result] = answer.results;
  assert.deepEqual(result.refused, [{ id: `email:${email}`, reasons: ["unique:user_id"] }]);
  assert.deepEqual(result.notIdentifiers, [{ namespace: "phone", value: "none", reason: "blocked" }]);
  const profile = await edge.profile(`user_id:${two}`);
  assert.deepEqual(profile.notIdentifiers.map(({ namespace, value, reason }) => [namespace, value, reason]), [["phone", "none", "blocked:phone"]]);
});

test("an identifier that too many show too fast is dropped from events until an admin lets it go", async () => {
  const files = shopConfig();
  files["identity.json"].quarantine = { profiles: 3, withinHours: 1 };
  await edge.publish(files);
  const email = `${randomUUID()}@example.com`;
  const send = () => server({ type: "identify", userId: randomUUID(), traits: { email } });
  for (let n = 0; n < 6; n += 1) await send();
  await until("it is under quarantine", async () => {
    const { quarantined } = await (await edge.admin("/v1/quarantine")).json();
    return quarantined.some((one) => one.value === email);
  });
  const { answer } = await send();
  assert.deepEqual(answer.results[0].notIdentifiers, [{ namespace: "email", value: email, reason: "quarantined" }]);
  assert.equal(answer.accepted, 1, "the event is kept");

  const dry = await post("/v1/quarantine/release", { id: `email:${email}`, dryRun: true });
  assert.deepEqual([dry.quarantined, dry.claimants.length > 3], [true, true]);
  const done = await post("/v1/quarantine/release", { id: `email:${email}` });
  assert.deepEqual([done.status, done.changed], [200, true]);
  assert.deepEqual((await (await edge.admin("/v1/quarantine")).json()).quarantined, []);
  const free = await send();
  assert.equal(free.answer.results[0].notIdentifiers, undefined);
});

test("nobody without the key gives a word, and what can't be read is a 400", async () => {
  for (const path of ["/v1/profiles/user_id:x/unmerge", "/v1/profiles/user_id:x/merge", "/v1/identity/dry-run", "/v1/quarantine/release"]) {
    assert.equal((await edge.fetch(path, { method: "POST", body: "{}" })).status, 401, path);
  }
  assert.equal((await edge.fetch("/v1/quarantine")).status, 401);
  await server({ type: "identify", userId: "worded" });
  assert.equal((await decree("user_id:worded", "unmerge", {})).status, 400);
  assert.equal((await decree("user_id:worded", "unmerge", { left: ["nobody"], right: ["user_id:worded"] })).status, 400);
  const missing = await decree("user_id:worded", "unmerge", { messageId: "never" });
  assert.deepEqual([missing.status, missing.code], [404, "merge_not_found"]);
  assert.equal((await decree("user_id:nobody-at-all", "merge", { with: "user_id:worded" })).status, 404);
});
