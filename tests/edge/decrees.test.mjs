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
  assert.equal((await post("/v1/identity/dry-run", { rules: { namespaces: 1 }, profiles })).status, 400);
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
