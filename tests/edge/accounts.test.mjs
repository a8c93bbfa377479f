// Accounts: who belongs to one, what it is, and what a decision reads of it.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, identityToken, shopConfig, until } from "../harness/edge.mjs";

const placement = (id) => ({ id, name: id });
const segment = (id, rule) => ({ id, name: id, rule });
const offer = (id, audience) => ({ id, name: id, placement: id, audience, content: { type: "json", json: id } });

function config(aggregates = { score: { op: "sum", over: "engagement" }, best: { op: "max", over: "engagement" } }) {
  const files = shopConfig();
  files["placements.json"].placements.push(placement("gold-account"), placement("active-account"));
  return {
    ...files,
    "accounts.json": { traits: { seats: { merge: "max" }, spent: { merge: "sum" } }, aggregates },
    "segments/gold-account.json": segment("gold-account", { traits: { "account.plan": "gold" } }),
    "segments/active-account.json": segment("active-account", { traits: { "account.computed.score": { $gte: 10 } } }),
    "offers/gold-account.json": offer("gold-account", "gold-account"),
    "offers/active-account.json": offer("active-account", "active-account"),
  };
}

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  await edge.publish(config());
});
after(() => edge.close());

const ago = (seconds) => new Date(Date.now() - seconds * 1_000).toISOString();
const server = async (...events) => {
  const batch = events.map((event) => ({ messageId: randomUUID(), ...event }));
  const { status, answer } = await edge.send({ writeKey: "demo-server", batch }, { path: "/v1/batch?results=1" });
  assert.equal(status, 200, JSON.stringify(answer));
  return { ...answer, batch };
};
const group = (userId, groupId, traits, more = {}) => ({ type: "group", userId, groupId, traits, ...more });
const removed = (userId, groupId, more = {}) =>
  ({ type: "track", event: "Account Removed User", userId, context: { groupId }, ...more });

/** A browser's group call, with the token in which the site's server vouches for it. */
const joins = (device, groupId, traits = {}, placements = []) => {
  const context = { identityToken: identityToken(device.userId, { claims: { groups: [groupId] } }) };
  return device.send([{ type: "group", groupId, traits, context }], placements);
};

async function account(id, query = "") {
  const response = await edge.admin(`/v1/accounts/${encodeURIComponent(id)}${query}`);
  return response.status === 404 ? null : response.json();
}
const shows = (id, what, holds) => until(what, async () => {
  const now = await account(id);
  return now && holds(now) && now;
});
const offered = (answer) => answer.decisions.map(({ offer }) => offer);
const memberships = (profile) => profile.accounts.map(({ accountId, messageId, untilMessageId }) => [accountId, messageId, untilMessageId]);
/** As companies are called. */
const name = () => `Söhne & Co/KG ${randomUUID()}`;

test("two people of one account: its traits decide for both, they stay two, and leaving counts at once and for good", async () => {
  const acme = name();
  const [one, two] = [new Device(edge), new Device(edge)];
  const [ada, bo] = [randomUUID(), randomUUID()];
  await one.identify(ada);
  await two.identify(bo);
  const late = ago(60);

  // What the visitor's own last event says of the account is part of the decision.
  const joined = await joins(one, acme, { plan: "gold", email: "office@acme.example" }, ["gold-account"]);
  assert.deepEqual(offered(joined), ["gold-account"]);
  const other = await two.send([{ type: "page" }], ["gold-account"]);
  assert.deepEqual(offered(other), [null], "a stranger is not in the account");
  const second = await joins(two, acme, {}, ["gold-account"]);
  assert.deepEqual(offered(second), ["gold-account"], "the trait that another member told");

  const [first, next] = [await edge.profile(`user_id:${ada}`), await edge.profile(`user_id:${bo}`)];
  assert.notEqual(first.profileId, next.profileId);
  assert.deepEqual([first.traits, first.claimedTraits, next.traits], [{}, {}, {}], "the traits are the account's");
  assert.deepEqual(first.segments.map(({ id }) => id), ["gold-account"]);
  const { members, traits, computed } = await shows(acme, "both are members", ({ members }) => members.length === 2);
  assert.deepEqual(traits, { plan: "gold", email: "office@acme.example" });
  assert.equal(computed.members, 2);
  assert.deepEqual(members.map(({ profileId }) => profileId), [first.profileId, next.profileId].sort());

  await edge.kill();
  await edge.up();
  assert.deepEqual(offered(await one.send([], ["gold-account"])), ["gold-account"]);

  const left = await server(removed(ada, acme));
  assert.deepEqual(offered(await one.send([], ["gold-account"])), [null], "the leave takes effect on the next decision");
  const again = await server(group(ada, acme, { plan: "gold" }, { timestamp: late }));
  assert.equal(again.accepted, 1);
  assert.deepEqual(offered(await one.send([], ["gold-account"])), [null], "what was before the leave brings nobody back");
  assert.deepEqual(offered(await two.send([], ["gold-account"])), ["gold-account"]);
  const profile = await edge.profile(`user_id:${ada}`);
  assert.deepEqual(memberships(profile), [[acme, again.batch[0].messageId, left.batch[0].messageId]]);
  assert.deepEqual(profile.segments, []);

  await edge.kill();
  await edge.up();
  await shows(acme, "one member is left", ({ members, computed }) => members.length === 1 && computed.members === 1);
  const back = await joins(one, acme, {}, ["gold-account"]);
  assert.deepEqual(offered(back), ["gold-account"]);
  const twice = memberships(await edge.profile(`user_id:${ada}`));
  assert.deepEqual(twice, [
    [acme, again.batch[0].messageId, left.batch[0].messageId],
    [acme, back.batch[0].messageId, null],
  ]);
});

test("a leave that arrives late, between group events, parts the time before from the time after", async () => {
  const [user, acme] = [randomUUID(), name()];
  const { batch } = await server(...[50, 40, 20, 10].map((seconds) => group(user, acme, {}, { timestamp: ago(seconds) })));
  const left = await server(removed(user, acme, { timestamp: ago(30) }));
  const ids = batch.map(({ messageId }) => messageId);
  const expected = [[acme, ids[0], left.batch[0].messageId], [acme, ids[2], null]];
  assert.deepEqual(memberships(await edge.profile(`user_id:${user}`)), expected);
});

test("an account's traits follow its rules, whoever tells them, in whatever order, and once", async () => {
  const acme = name();
  const [ada, bo] = [randomUUID(), randomUUID()];
  const newest = group(ada, acme, { plan: "gold", seats: 3, spent: 0.1 }, { timestamp: ago(1), messageId: randomUUID() });
  const older = group(bo, acme, { plan: "basic", seats: 9, spent: "0.2" }, { timestamp: ago(9), messageId: randomUUID() });
  await server(newest);
  await server(older);
  const told = await shows(acme, "both have told", ({ events }) => events === 2);
  assert.deepEqual(told.traits, { plan: "gold", seats: 9, spent: 0.3 });
  await server(newest, older);
  // A messageId is known to the profile that it came to. Sent as of somebody else, the account still knows it.
  await server({ ...newest, userId: randomUUID() });
  await shows(acme, "somebody else is a member", ({ computed }) => computed.members === 3);
  const { traits, events } = await account(acme);
  assert.deepEqual([traits.spent, events], [0.3, 2]);
});

test("the score is that of the members as they are now: values change, people merge, are parted, and leave", async () => {
  const acme = name();
  const [ada, bo] = [randomUUID(), randomUUID()];
  const engaged = (userId, engagement) => ({ type: "identify", userId, traits: { engagement } });
  const score = (members, score, best) => shows(acme, `${members} members, score ${score}`, ({ computed }) => {
    return computed.members === members && computed.score === score && computed.best === best;
  });
  await server(engaged(ada, 4), group(ada, acme, {}), engaged(bo, 5), group(bo, acme, {}));
  await score(2, 9, 5);
  const visitor = new Device(edge);
  await visitor.identify(bo);
  assert.deepEqual(offered(await visitor.send([], ["active-account"])), [null]);
  const more = await server(engaged(ada, 7.5));
  await score(2, 12.5, 7.5);
  assert.deepEqual(offered(await visitor.send([], ["active-account"])), ["active-account"]);

  const decree = async (what, body) => {
    const path = `/v1/profiles/${encodeURIComponent(`user_id:${ada}`)}/${what}`;
    const response = await edge.admin(path, { method: "POST", body: JSON.stringify(body) });
    assert.equal(response.status, 200, await response.text());
  };
  await decree("merge", { with: `user_id:${bo}` });
  await score(1, 7.5, 7.5); // the newest `engagement` of the one person
  const one = await edge.profile(`user_id:${ada}`);
  assert.deepEqual(memberships(one).map(([id]) => id), [acme]);
  assert.deepEqual(one.timeline.events[0].messageId, more.batch[0].messageId);
  await until("they are parted", async () => {
    await decree("unmerge", { left: [`user_id:${ada}`], right: [`user_id:${bo}`] });
    const [a, b] = [await edge.profile(`user_id:${ada}`), await edge.profile(`user_id:${bo}`)];
    return a && b && a.profileId !== b.profileId && b.timeline.events.length > 0;
  }, { every: 500 });
  await score(2, 12.5, 7.5);
  await server(removed(ada, acme));
  await score(1, 5, 5);
});

test("rules that are published later hold for what was told before; a new aggregate counts members as they come by", async () => {
  const [user, acme] = [randomUUID(), name()];
  await server({ type: "identify", userId: user, traits: { age: 40 } });
  await server(group(user, acme, { seats: 9 }, { timestamp: ago(5) }), group(user, acme, { seats: 3 }));
  await shows(acme, "the greatest number of seats", ({ traits, computed }) => traits.seats === 9 && computed.members === 1);
  const files = config({ oldest: { op: "max", over: "age" } });
  files["accounts.json"].traits = {};
  try {
    await edge.publish(files);
    assert.deepEqual((await account(acme)).traits.seats, 3);
    assert.deepEqual((await account(acme)).computed, { members: 1, oldest: null });
    await server({ type: "page", userId: user });
    await shows(acme, "the member has come by", ({ computed }) => computed.oldest === 40);
  } finally {
    await edge.publish(config());
  }
});

test("what a browser says of an account without proof is shown as a claim and used for nothing", async () => {
  const acme = name();
  await server(group(randomUUID(), acme, { plan: "gold" }));
  const device = new Device(edge);
  await device.identify(randomUUID());
  const answer = await device.send([{ type: "group", groupId: acme, traits: { plan: "platinum" } }], ["gold-account"]);
  assert.equal(answer.accepted, 1);
  assert.match(answer.results[0].warning, /^unproven_group_id/);
  assert.deepEqual(offered(answer), [null]);
  const profile = await edge.profile(`user_id:${device.userId}`);
  assert.deepEqual(profile.accounts, []);
  assert.deepEqual(profile.claimed.map(({ namespace, value }) => [namespace, value]), [["group_id", acme]]);
  const { traits, members } = await shows(acme, "its member", ({ members }) => members.length > 0);
  assert.deepEqual([traits.plan, members.length], ["gold", 1]);
  // A token vouches for the accounts that it names, and no others.
  await joins(device, name());
  const proof = { identityToken: identityToken(device.userId, { claims: { groups: [name()] } }) };
  const wrong = await device.send([{ type: "group", groupId: acme, context: proof }], ["gold-account"]);
  assert.deepEqual(offered(wrong), [null]);
});

test("an id that is empty, too long or a placeholder is refused where its sender sees it", async () => {
  const user = randomUUID();
  const answer = await server(group(user, ""), group(user, "g".repeat(501)), group(user, "null", { plan: "gold" }), removed(user, undefined));
  const [empty, long, blocked, nameless] = answer.results;
  assert.deepEqual([empty.code, long.code], ["missing_group_id", "group_id_too_long"]);
  assert.deepEqual([blocked.outcome, nameless.outcome], ["accepted", "accepted"]);
  assert.deepEqual(blocked.notIdentifiers, [{ namespace: "group_id", value: "null", reason: "blocked" }]);
  assert.match(blocked.warning, /^invalid_group_id: "null" is blocked/);
  assert.match(nameless.warning, /^invalid_group_id: "" is blocked/);
  const profile = await edge.profile(`user_id:${user}`);
  assert.deepEqual([profile.accounts, profile.traits], [[], {}]);
  assert.deepEqual(profile.notIdentifiers.map(({ reason }) => reason), ["blocked:group_id", "blocked:group_id"]);
  const shown = (id) => edge.admin(`/v1/accounts/${encodeURIComponent(id)}`);
  assert.deepEqual([(await shown("null")).status, (await shown(name())).status], [400, 404]);
  assert.equal((await edge.fetch(`/v1/accounts/${encodeURIComponent(name())}`)).status, 401);
});

test("members come in pages, each once", async () => {
  const acme = name();
  const users = Array.from({ length: 7 }, () => randomUUID());
  await server(...users.map((user) => group(user, acme, {})));
  await shows(acme, "all are members", ({ members }) => members.length === 7);
  const pages = [];
  let cursor = "";
  do {
    const page = await account(acme, `?limit=3${cursor && `&cursor=${cursor}`}`);
    pages.push(page.members.map(({ profileId }) => profileId));
    cursor = page.next;
  } while (cursor);
  assert.deepEqual(pages.map((page) => page.length), [3, 3, 1]);
  const ids = await Promise.all(users.map(async (user) => (await edge.profile(`user_id:${user}`)).profileId));
  assert.deepEqual(pages.flat(), ids.sort());
});

test("only a decision that speaks of accounts asks them, and only for their members", async () => {
  const member = new Device(edge);
  await member.identify(randomUUID());
  await joins(member, name(), { plan: "gold" });
  const stranger = new Device(edge);
  await stranger.identify(randomUUID());
  const calls = async (device, placements) => {
    await edge.rest();
    const before = await edge.usage();
    await device.send([], placements);
    return (await edge.usage()).objectCalls - before.objectCalls;
  };
  assert.equal(await calls(member, ["hero"]), 1);
  assert.equal(await calls(stranger, ["gold-account"]), 1);
  assert.equal(await calls(member, ["gold-account"]), 2);
});
