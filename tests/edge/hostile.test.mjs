// What broken programs and bots send: values that are no identifiers, the same remark with every event, one id for all.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, shopConfig, until } from "../harness/edge.mjs";

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  const files = shopConfig();
  files["identity.json"].namespaces.crm_id = { priority: 2 };
  files["identity.json"].quarantine = { profiles: 10, withinHours: 1 };
  await edge.publish(files);
});
after(() => edge.close());

const send = (text, path = "/v1/batch?results=1") => edge.send(text, { path });
const post = async (path, body) => (await edge.admin(path, { method: "POST", body: JSON.stringify(body) })).json();
const event = (more) => ({ messageId: randomUUID(), type: "identify", ...more });

/** Each as it stands in the body, between the quotes, and why it is no identifier. */
const BAD = {
  NUL: ["u\\u0000ser", "malformed"],
  "an emoji": ["ada 🎉", "malformed"],
  "an escaped emoji": ["ada \\ud83c\\udf89", "malformed"],
  "the first half of a pair": ["ada\\ud83c", "malformed"],
  "the second half of a pair": ["\\uDF89ada", "malformed"],
  "both halves the wrong way round": ["\\udf89\\ud83c", "malformed"],
  "half a pair before a whole one": ["\\ud83c\\ud83c\\udf89", "malformed"],
  "10 kB": ["x".repeat(10_240), "too_long"],
  "10 kB of emoji": ["🎉".repeat(2_560), "too_long"],
  "501 characters": ["ü".repeat(501), "too_long"],
};

test("ids that are no text, or far too long, are refused with a reason, and the event counts by its other ids", async () => {
  for (const [what, [value, reason]] of Object.entries(BAD)) {
    const [login, device, good] = [randomUUID(), randomUUID(), randomUUID()];
    const places = {
      userId: [`"userId":"${value}","anonymousId":"${device}"`, "user_id", `anonymous_id:${device}`],
      anonymousId: [`"userId":"${login}","anonymousId":"${value}"`, "anonymous_id", `user_id:${login}`],
      email: [`"anonymousId":"${device}-e","traits":{"email":"${value}"}`, "email", `anonymous_id:${device}-e`],
      externalIds: [
        `"anonymousId":"${device}-x","context":{"externalIds":[{"type":"crm_id","id":"${value}","collection":"users"}]}`,
        "crm_id",
        `anonymous_id:${device}-x`,
      ],
    };
    const raw = (fields) => `{"type":"identify","messageId":"${randomUUID()}",${fields}}`;
    const events = Object.values(places).map(([fields]) => raw(fields));
    events.push(JSON.stringify(event({ userId: good })));
    const { status, answer } = await send(`{"writeKey":"demo-server","batch":[${events.join()}]}`);
    assert.equal(status, 200, what);
    assert.deepEqual(answer.results.map(({ outcome }) => outcome), events.map(() => "accepted"), `${what}: ${JSON.stringify(answer)}`);
    assert.equal(answer.results.at(-1).notIdentifiers, undefined, what);
    for (const [n, [place, [, namespace, name]]] of Object.entries(places).entries()) {
      const [refused, ...more] = answer.results[n].notIdentifiers;
      assert.deepEqual([refused.namespace, refused.reason, more.length], [namespace, reason, 0], `${what} in ${place}`);
      assert.ok(refused.value.length <= 128, "only its beginning");
      assert.match(answer.results[n].warning, /^not_an_identifier: /);
      const profile = await edge.profile(name);
      assert.deepEqual(profile.identifiers.map((id) => `${id.namespace}:${id.value}`), [name], `${what} in ${place}`);
      assert.deepEqual(
        profile.notIdentifiers.map((note) => [note.namespace, note.reason, note.messageId]),
        [[namespace, `${reason}:${namespace}`, answer.results[n].messageId]],
        `${what} in ${place}`,
      );
    }
  }
});

test("an event that has no other id is refused, and says why", async () => {
  for (const [what, [value, reason]] of Object.entries(BAD)) {
    const raw = `{"type":"page","messageId":"${randomUUID()}","anonymousId":"${value}"`;
    for (const [body, path] of [
      [`{"writeKey":"demo-server","batch":[${raw}}]}`],
      [`${raw},"writeKey":"demo-server"}`, "/v1/page?results=1"],
    ]) {
      const { status, answer } = await send(body, path);
      assert.equal(status, 200, what);
      const [result] = answer.results;
      assert.deepEqual([result.outcome, result.code], ["rejected", "no_user_anon_id"], `${what}: ${JSON.stringify(result)}`);
      assert.equal(result.notIdentifiers[0].reason, reason, what);
    }
  }
});

test("what is remarked with every event is kept once, with the first of them", async () => {
  const device = randomUUID();
  const start = Date.now() - 60_000;
  const at = (n) => new Date(start + n * 1_000).toISOString();
  const bad = (n) => event({ anonymousId: device, userId: "null", timestamp: at(n), messageId: `${device}-${n}` });
  for (const n of [5, 3, 9]) await edge.send({ writeKey: "demo-server", batch: [bad(n), bad(n + 10)] });
  const profile = await edge.profile(`anonymous_id:${device}`);
  assert.equal(profile.computed.events, 6);
  assert.deepEqual(profile.notIdentifiers.map(({ value, messageId }) => [value, messageId]), [["null", `${device}-3`]]);

  const many = Array.from({ length: 150 }, (_, n) => event({ anonymousId: device, userId: `bad\u0000${n}` }));
  await edge.send({ writeKey: "demo-server", batch: many });
  assert.equal((await edge.profile(`anonymous_id:${device}`)).notIdentifiers.length, 100, "no more than that");

  const visitor = new Device(edge);
  const claims = (n) => ({ type: "track", event: "Viewed", userId: "victim", timestamp: at(n) });
  for (const n of [7, 2, 4]) await visitor.send([claims(n), claims(n + 10)]);
  const [claimed, ...more] = (await edge.profile(`anonymous_id:${visitor.anonymousId}`)).claimed;
  assert.deepEqual([claimed.value, claimed.events, claimed.at, more.length], ["victim", 6, at(2), 0]);
});

test("one login on ever more devices comes under quarantine, and its owner does not grow", async () => {
  const login = `hard-coded-${randomUUID()}`;
  const devices = Array.from({ length: 40 }, () => randomUUID());
  const one = async (anonymousId) => {
    const { answer } = await send({ writeKey: "demo-server", batch: [event({ anonymousId, userId: login })] });
    assert.equal(answer.accepted, 1);
    return answer.results[0];
  };
  await one(devices[0]);
  const owner = await edge.profile(`user_id:${login}`);
  for (const device of devices) await one(device);
  await until("it is under quarantine", async () => {
    const { quarantined } = await (await edge.admin("/v1/quarantine")).json();
    return quarantined.some(({ value }) => value === login);
  });
  const stranger = randomUUID();
  const result = await until("events come without it", async () => {
    const result = await one(stranger);
    return result.notIdentifiers && result;
  });
  assert.deepEqual(result.notIdentifiers, [{ namespace: "user_id", value: login, reason: "quarantined" }]);
  assert.notEqual((await edge.profile(`anonymous_id:${stranger}`)).profileId, owner.profileId, "somebody of its own");
  await one(devices[1]);
  assert.equal((await edge.profile(`anonymous_id:${devices[1]}`)).profileId, owner.profileId, "members keep resolving");
  const now = await edge.profile(`user_id:${login}`);
  assert.equal(now.profileId, owner.profileId);
  assert.ok(now.identifiers.length <= 6, "five devices in a week");

  const id = `user_id:${login}`;
  const dry = await post("/v1/quarantine/release", { id, dryRun: true });
  assert.deepEqual([dry.quarantined, dry.owner], [true, owner.profileId]);
  assert.equal((await post("/v1/quarantine/release", { id })).changed, true);
  assert.equal((await one(devices[1])).notIdentifiers, undefined, "it names its owner again");
});

test("a person with very many identifiers keeps when each was seen, over a restart", async () => {
  const files = shopConfig();
  files["identity.json"].namespaces.anonymous_id = { priority: 9 };
  await edge.publish(files);
  const login = randomUUID();
  const start = Date.now() - 3_600_000;
  const at = (n) => new Date(start + n * 1_000).toISOString();
  const from = (n, m = n) => event({ userId: login, anonymousId: `${login}-${n}`, timestamp: at(m) });
  const all = Array.from({ length: 120 }, (_, n) => from(n));
  await edge.send({ writeKey: "demo-server", batch: all.slice(0, 30) });
  await edge.send({ writeKey: "demo-server", batch: all.slice(30) });
  const linked = () => until("all are linked", async () => {
    const profile = await edge.profile(`user_id:${login}`, "?limit=1");
    return profile.pending.length === 0 && profile.identifiers.length === 121 && profile;
  });
  await linked();
  await edge.send({ writeKey: "demo-server", batch: [from(7, 500)] });
  for (const restarted of [false, true]) {
    if (restarted) {
      await edge.kill();
      await edge.up();
    }
    const { identifiers } = await linked();
    const seen = Object.fromEntries(identifiers.map((id) => [id.value, [id.firstSeen, id.lastSeen]]));
    for (const n of [0, 29, 30, 119]) assert.deepEqual(seen[`${login}-${n}`], [at(n), at(n)], `device ${n}`);
    assert.deepEqual(seen[`${login}-7`], [at(7), at(500)]);
    assert.deepEqual(seen[login], [at(0), at(500)]);
  }
});

test("what is connected with too many to be resolved by itself is left to an admin, and everybody goes on", { timeout: 120_000 }, async () => {
  const files = shopConfig();
  files["identity.json"].quarantine = { profiles: 5_000, withinHours: 1 };
  await edge.publish(files);
  const email = `${randomUUID()}@example.com`;
  const at = (ms) => new Date(Date.now() - ms).toISOString();
  const people = Array.from({ length: 60 }, () => event({ userId: randomUUID(), traits: { email } }));
  const { answer } = await send({ writeKey: "demo-server", batch: people });
  assert.equal(answer.accepted, 60);
  const userId = randomUUID();
  await send({ writeKey: "demo-server", batch: [event({ userId })] });
  // Older than what this person has done already.
  await send({ writeKey: "demo-server", batch: [event({ userId, traits: { email }, timestamp: at(3_600_000) })] });
  const profile = await until("it is left to an admin", async () => {
    const profile = await edge.profile(`user_id:${userId}`);
    return profile.lateConflicts.length > 0 && profile;
  });
  assert.deepEqual([profile.lateConflicts[0].reason, profile.pending], ["late_conflict", []]);
  assert.deepEqual(profile.refusals.map(({ value, reason }) => [value, reason]), [[email, "unique:user_id"]]);
  const next = await send({ writeKey: "demo-server", batch: [event({ userId })] });
  assert.equal(next.answer.accepted, 1);
  assert.equal((await edge.profile(`user_id:${userId}`)).computed.events, 3);
});

test("a large profile goes on taking events while it moves into an older one", { timeout: 180_000 }, async () => {
  const files = shopConfig();
  files["identity.json"].namespaces.anonymous_id = { priority: 9 };
  await edge.publish(files);
  const [login, email, device] = [randomUUID(), `${randomUUID()}@example.com`, randomUUID()];
  const batch = (events) => send({ writeKey: "demo-server", batch: events });
  await batch([event({ anonymousId: device }), event({ anonymousId: device, traits: { email } })]);
  const older = await edge.profile(`email:${email}`);
  const sent = [];
  const big = async (more) => {
    const events = more.map((one) => event({ type: "page", userId: login, ...one }));
    sent.push(...events.map(({ messageId }) => messageId));
    const { status } = await batch(events);
    assert.equal(status, 200);
  };
  await big(Array.from({ length: 100 }, (_, n) => ({ anonymousId: `${login}-${n}` })));
  for (let n = 0; n < 3; n += 1) await big(Array.from({ length: 2_000 }, () => ({})));
  let merged = false;
  const meanwhile = (async () => {
    let taken = 0;
    for (; !merged; taken += 1) await big([{}]);
    return taken;
  })();
  await big([{ type: "identify", traits: { email } }]);
  const profile = await until("they are one", async () => {
    const profile = await edge.profile(`user_id:${login}`, "?limit=1");
    return profile.profileId === older.profileId && profile.pending.length === 0 && profile;
  }, { within: 120_000, every: 200 });
  merged = true;
  const taken = await meanwhile;
  assert.ok(taken > 2, `${taken} events were taken meanwhile`);
  assert.ok(profile.identifiers.length >= 103);
  const stored = (await edge.timeline(`user_id:${login}`)).map(({ messageId }) => messageId);
  assert.equal(stored.length, sent.length + 2);
  const there = new Set(stored);
  assert.deepEqual(sent.filter((id) => !there.has(id)), []);
  const { largestMessage, largestRow } = await edge.usage();
  assert.ok(largestMessage < 32 * 1024 * 1024 && largestRow < 2_000_000, `${largestMessage}, ${largestRow}`);
});
