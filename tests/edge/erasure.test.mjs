// A person is erased: by any name, wherever that person is on the way to, with a receipt, and without a trace.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, identityToken, shopConfig, until } from "../harness/edge.mjs";
import { archive, contents } from "../harness/storage.mjs";

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  const files = shopConfig();
  files["identity.json"].namespaces.crm_id = { priority: 2, unique: true };
  files["accounts.json"] = { aggregates: { visits: { op: "sum", over: "visits" } } };
  await edge.publish(files);
});
after(() => edge.close());

/**
 * What must stand nowhere when all is over, with the test that says so; and what must still stand somewhere. An event of
 * somebody who was erased that others had to do with may leave its messageId with them, and nothing else.
 */
const gone = new Map();
/** What must stand in no object of this kind. */
const goneFrom = new Map();
const kept = new Set();
let unsent;
const forget = (test, ...values) => values.flat().forEach((value) => gone.set(value, test));
const keep = (...values) => values.flat().forEach((value) => kept.add(value));

/** Whether a file of the archive has it. */
const archived = (value) => archive(edge.state).some((bytes) => bytes.includes(value));

/** The same while files are being written: one that is not whole can't be unpacked yet. */
function archivedByNow(value) {
  try {
    return archived(value);
  } catch {
    return false;
  }
}

const path = (name) => `/v1/profiles/${encodeURIComponent(name)}`;
async function post(path, body) {
  const response = await edge.admin(path, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
}
const erase = (name, body = {}) => post(`${path(name)}/erase`, body);
async function show(name) {
  const response = await edge.admin(path(name));
  return { status: response.status, ...(await response.json()) };
}
/** Erases and sees that it is done. */
async function erased(name) {
  return until(`${name} is erased`, async () => {
    const { status, receipt, message } = await erase(name);
    assert.equal(status, 200, message);
    return receipt.status === "done" && receipt;
  });
}
const ago = (seconds) => new Date(Date.now() - seconds * 1_000).toISOString();
async function server(...events) {
  const batch = events.map((event) => ({ messageId: randomUUID(), ...event }));
  const { status, answer } = await edge.send({ writeKey: "demo-server", batch }, { path: "/v1/batch?results=1" });
  assert.equal(status, 200, JSON.stringify(answer));
  return { ...answer, batch };
}
const external = (type, id) => ({ context: { externalIds: [{ type, id }] } });
const messages = ({ batch }) => batch.map(({ messageId }) => messageId);
const events = (profile) => profile.timeline.events.map(({ messageId }) => messageId).sort();
const outcomes = ({ results }) => results.map(({ outcome, code }) => code ?? outcome);

/** Somebody with two devices that have become one profile, addresses, an account, orders, and a link that was refused. */
async function somebody(name) {
  const [user, first, second, trait, product] = ["u", "a", "b", "t", "p"].map((what) => `${name}-${what}-${randomUUID()}`);
  const [email, phone, account] = [`${name}-${randomUUID()}@example.com`, `+49151${String(Math.random()).slice(2, 10)}`, `account-${randomUUID()}`];
  const sent = [
    await server({ type: "page", anonymousId: first, timestamp: ago(500) }),
    await server({ type: "page", anonymousId: second, timestamp: ago(490) }),
  ];
  const [older, younger] = [await edge.profile(`anonymous_id:${first}`), await edge.profile(`anonymous_id:${second}`)];
  sent.push(
    await server({ type: "identify", userId: user, anonymousId: first, traits: { email, phone, city: trait, visits: 2 }, timestamp: ago(480) }),
    await server({ type: "identify", userId: user, anonymousId: second, timestamp: ago(470) }),
    await server({ type: "track", event: "Order Completed", userId: user, properties: { revenue: 12.5, product }, timestamp: ago(460) }),
    await server({ type: "identify", userId: user, traits: { phone: "none" }, timestamp: ago(450) }),
  );
  // What a group event says of the account is the account's, and stays.
  await server({ type: "group", userId: user, groupId: account, traits: { plan: "gold" }, timestamp: ago(440) });
  const names = [`user_id:${user}`, `email:${email}`, `phone:${phone}`, `anonymous_id:${first}`, `anonymous_id:${second}`];
  return { user, first, second, email, phone, account, older, younger, names, values: [user, first, second, email, phone, trait, product, ...sent.flatMap(messages)] };
}

test("erased by any name; everything is gone, and the receipt says so to whoever asks again", async () => {
  const ada = await somebody("ada");
  const [bo, email] = [`bo-${randomUUID()}`, `bo-${randomUUID()}@example.com`];
  await server({ type: "identify", userId: bo, traits: { email }, timestamp: ago(600) });
  const [refused] = messages(await server({ type: "identify", userId: ada.user, traits: { email }, timestamp: ago(430) }));
  keep(bo, email);
  const profile = await edge.profile(`user_id:${ada.user}`);
  assert.equal(profile.merges.length, 1);
  await until("the directory and the account know", async () => {
    const { refusals } = await (await edge.admin("/v1/refusals")).json();
    const { members } = await (await edge.admin(`/v1/accounts/${ada.account}`)).json();
    return members?.length === 1 && refusals.some(({ messageId }) => messageId === refused);
  });

  const dry = await erase(`email:${ada.email}`, { dryRun: true });
  assert.deepEqual([dry.status, dry.after, dry.changed], [200, [], [profile.profileId]], JSON.stringify(dry));
  const [{ identifiers, events, traits }] = dry.before;
  assert.deepEqual([identifiers, events, traits], [profile.identifiers, 8, profile.traits]);
  assert.deepEqual(await edge.profile(`user_id:${ada.user}`), profile, "a dry run changes nothing");

  const receipt = await erased(`email:${ada.email}`);
  const { id, profileId, requestedAt, erasedAt } = receipt;
  assert.deepEqual([profileId, receipt.identifiers, receipt.events], [profile.profileId, 5, 8]);
  assert.ok(id.startsWith("admin-") && requestedAt <= erasedAt, JSON.stringify(receipt));
  for (const name of [...ada.names, `id:${ada.older.profileId}`, `id:${ada.younger.profileId}`]) {
    const answer = await show(name);
    assert.deepEqual([answer.status, answer.erased, answer.error.code, answer.receipt], [410, true, "profile_erased", receipt], name);
    assert.deepEqual((await erase(name)).receipt, receipt, name);
    assert.deepEqual([(await erase(name, { dryRun: true })).status], [410], name);
  }
  await until("the account and the directory know", async () => {
    const { members } = await (await edge.admin(`/v1/accounts/${ada.account}`)).json();
    const { refusals } = await (await edge.admin("/v1/refusals")).json();
    const { profiles } = await (await edge.admin("/v1/directory?home=erased&limit=500")).json();
    return members.length === 0 && !refusals.some(({ messageId }) => messageId === refused)
      && profiles.some((row) => row.profileId === profile.profileId && row.events === 0 && row.identifiers === 0);
  });
  assert.deepEqual((await edge.profile(`user_id:${bo}`)).identifiers.length, 2, "nobody else is touched");
  forget("erased by any name", ada.values);
  // Which account it was knows only the account itself.
  goneFrom.set(ada.account, "ProfileObject");
});

test("what happened before and comes late is refused; what happens after is somebody new", async () => {
  const cy = await somebody("cy");
  const receipt = await erased(`id:${cy.younger.profileId}`);
  assert.equal(receipt.profileId, cy.older.profileId, "by the id of a profile that had moved in");
  const late = ago(300);
  const answer = await server(
    { type: "page", anonymousId: cy.first, timestamp: late },
    { type: "track", event: "Late", userId: cy.user, timestamp: late },
    { type: "track", event: "Late", anonymousId: `c-${cy.user}`, properties: { email: cy.email }, timestamp: late },
    { type: "identify", userId: cy.user, anonymousId: cy.second, traits: { email: cy.email }, timestamp: receipt.requestedAt },
  );
  assert.deepEqual(outcomes(answer), ["erased", "erased", "erased", "erased"]);
  for (const name of cy.names) assert.equal((await show(name)).status, 410, name);

  const sent = await server({ type: "track", event: "Back", userId: cy.user, anonymousId: cy.first });
  assert.deepEqual(outcomes(sent), ["accepted"]);
  const back = await until("both names are somebody's", async () => {
    const [one, two] = [await show(`user_id:${cy.user}`), await show(`anonymous_id:${cy.first}`)];
    return one.status === 200 && two.profileId === one.profileId && one;
  });
  assert.notEqual(back.profileId, receipt.profileId);
  assert.deepEqual([events(back), back.traits, back.computed.orders], [messages(sent), {}, 0]);
  assert.equal((await show(`email:${cy.email}`)).status, 410, "a name that nobody has shown since");
  const again = await erased(`user_id:${cy.user}`);
  assert.notEqual(again.id, receipt.id, "another person, another receipt");
  assert.deepEqual([again.identifiers, again.events], [2, 1]);
  assert.deepEqual((await erase(`id:${receipt.profileId}`)).receipt, receipt);
  forget("what comes late", cy.values, messages(answer), messages(sent));
});

test("a browser of somebody who was erased goes on as somebody new, who is shown what a stranger is", async () => {
  const device = new Device(edge);
  const user = `browser-${randomUUID()}`;
  const added = { type: "track", event: "Product Added", properties: { category: "Running shoes", price: 149 } };
  await device.send([added]);
  const known = await device.identify(user, { city: `city-${user}` }, { placements: ["hero"] });
  assert.equal(known.decisions[0].offer, "running-week");
  const receipt = await erased(`user_id:${user}`);
  const page = await device.send([{ type: "page" }], ["hero"]);
  assert.deepEqual([page.accepted, page.device], [1, "bound"]);
  assert.notEqual(page.decisions[0].offer, "running-week");
  const now = await edge.profile(`user_id:${user}`);
  assert.deepEqual([now.traits, events(now)], [{}, messages(page)]);
  assert.notEqual(now.profileId, receipt.profileId);
  await erased(`id:${now.profileId}`);
  forget("a browser", user, device.anonymousId, messages(page));
});

test("who is kept out stays out: nothing is stored, a stranger's offers are shown, until an admin lets them in", async () => {
  const [device, user] = [new Device(edge), `kept-out-${randomUUID()}`];
  const added = { type: "track", event: "Product Added", properties: { category: "Running shoes", price: 149 } };
  await device.send([added]);
  const known = await device.identify(user, { city: `city-${user}` }, { placements: ["hero"] });
  assert.equal(known.decisions[0].offer, "running-week");
  const receipt = await until("it is done", async () => {
    const { receipt } = await erase(`user_id:${user}`, { suppress: true });
    return receipt.status === "done" && receipt;
  });
  assert.equal(receipt.suppressed, true);

  const page = await device.send([added, { type: "page" }], ["hero"]);
  assert.deepEqual(outcomes(page), ["erased", "erased"]);
  assert.notEqual(page.decisions[0].offer, "running-week");
  const login = await server({ type: "identify", userId: user, traits: { city: `city-${user}` } });
  assert.deepEqual(outcomes(login), ["erased"]);
  assert.equal((await show(`user_id:${user}`)).status, 410);
  const other = `kept-out-other-${randomUUID()}`;
  const elses = await server({ type: "identify", userId: other, anonymousId: device.anonymousId });
  assert.deepEqual(outcomes(elses), ["accepted"], "somebody else on the same browser");
  const shown = await until("the device is refused", async () => {
    const shown = await show(`user_id:${other}`);
    return shown.refusals?.length && shown;
  });
  assert.deepEqual(shown.refusals.map(({ reason }) => reason), ["erased:anonymous_id"]);
  assert.deepEqual(shown.identifiers.map(({ value }) => value), [other]);

  const suppress = (id, suppressed) => post("/v1/suppressions", { id, suppressed });
  const { status, code } = await suppress(`user_id:${other}`, true);
  assert.deepEqual([status, code], [409, "in_use"]);
  const stranger = `user_id:kept-out-stranger-${randomUUID()}`;
  assert.deepEqual(await suppress(stranger, true), { status: 200, success: true, suppressed: true, changed: true });
  assert.deepEqual(outcomes(await server({ type: "page", userId: stranger.slice(8) })), ["erased"], "whom nobody knew");
  assert.deepEqual(await suppress(`user_id:${user}`, false), { status: 200, success: true, suppressed: false, changed: true });
  const back = await server({ type: "identify", userId: user });
  assert.deepEqual(outcomes(back), ["accepted"]);
  assert.deepEqual(events(await until("somebody new", async () => {
    const now = await show(`user_id:${user}`);
    return now.status === 200 && now;
  })), messages(back));
  await erased(`user_id:${user}`);
  await erased(`user_id:${other}`);
  const late = await erase(`user_id:${other}`, { suppress: true });
  assert.deepEqual([late.status, late.code], [409, "not_suppressed"], "it is said, not left out");
  forget("who is kept out", user, other, device.anonymousId, messages(page), messages(login), messages(back));
});

test("somebody of more names than are told at a time", async () => {
  const user = `many-${randomUUID()}`;
  const devices = Array.from({ length: 60 }, (_, n) => `many-device-${n}-${randomUUID()}`);
  // Five devices in a week are one person's.
  for (const [n, anonymousId] of devices.entries()) await server({ type: "page", userId: user, anonymousId, timestamp: ago((70 - n) * 8 * 86_400) });
  await until("all are linked", async () => (await edge.profile(`user_id:${user}`)).identifiers.length === 61);
  const receipt = await erased(`anonymous_id:${devices[33]}`);
  assert.deepEqual([receipt.identifiers, receipt.events], [61, 60]);
  for (const device of devices) assert.equal((await show(`anonymous_id:${device}`)).status, 410, device);
  forget("somebody of more names", user, devices);
});

test("of two people on one device only the one who is named goes", async () => {
  const [ada, bo, device] = ["shared-ada", "shared-bo", "shared-device"].map((name) => `${name}-${randomUUID()}`);
  const own = await server({ type: "identify", userId: ada, anonymousId: device, timestamp: ago(90) });
  const others = await server({ type: "identify", userId: bo, anonymousId: device, timestamp: ago(80) });
  const anonymous = await server({ type: "page", anonymousId: device, timestamp: ago(70) });
  const apart = `_shared_device:anonymous_id:${device}`;
  const two = [await edge.profile(`user_id:${bo}`), await edge.profile(apart)];
  assert.deepEqual(two.map(events), [messages(others), messages(anonymous)]);
  await erased(`user_id:${ada}`);
  const after = [await edge.profile(`user_id:${bo}`), await edge.profile(apart)];
  assert.deepEqual(after.map(({ profileId }) => profileId), two.map(({ profileId }) => profileId));
  assert.deepEqual(after.map(events), two.map(events));
  const late = await server({ type: "page", anonymousId: device, timestamp: ago(85) });
  assert.deepEqual(outcomes(late), ["erased"]);
  // That it is one of several people its entry knows: nobody is told by a cookie whose it was.
  const alone = [await server({ type: "page", anonymousId: device })];
  assert.ok(events(await edge.profile(apart)).includes(messages(alone[0])[0]), "what is done on it alone stays its own");
  // From now on the device is whose it is shown to be.
  await server({ type: "identify", userId: bo, anonymousId: device });
  await until("the device is the other's", async () => (await show(`anonymous_id:${device}`)).profileId === two[0].profileId);
  await edge.rest();
  alone.push(await server({ type: "page", anonymousId: device }));
  await until("that stays so", async () => {
    const there = events(await edge.profile(apart));
    return alone.flatMap(messages).every((id) => there.includes(id));
  });
  keep(bo, device);
  forget("of two people", ada, messages(own), messages(late));
});

test("erased while devices are moving in: nobody comes back, and no stranger's event is lost", { timeout: 240_000 }, async () => {
  const pages = (anonymousId, count) => Array.from({ length: count }, (_, n) => ({ type: "page", anonymousId, timestamp: ago(900 - n) }));
  for (let round = 0; round < 6; round += 1) {
    const [user, first, second] = ["u", "a", "b"].map((name) => `moving-${round}-${name}-${randomUUID()}`);
    const [one, two] = round % 2 ? [first, second] : [second, first];
    const histories = [await server(...pages(one, 250)), await server(...pages(two, 250))];
    await server({ type: "identify", userId: user, anonymousId: first, traits: { user }, timestamp: ago(60) });
    const login = server({ type: "identify", userId: user, anonymousId: second, timestamp: ago(50) });
    await new Promise((done) => setTimeout(done, round * 25));
    const word = await erase(`user_id:${user}`);
    assert.equal(word.status, 200, JSON.stringify(word));
    await login;
    assert.equal((await erased(`user_id:${user}`)).id, word.receipt.id, "the first word counts");
    await edge.rest();
    assert.equal((await show(`user_id:${user}`)).status, 410);
    assert.equal((await show(`anonymous_id:${first}`)).status, 410);
    const left = await show(`anonymous_id:${second}`);
    const [own, others] = round % 2 ? histories : histories.toReversed();
    if (left.status === 200) {
      // It had not come to its end: what the second device did is somebody's that nobody knows.
      assert.deepEqual(left.identifiers.map(({ value }) => value), [second]);
      const ids = (await edge.timeline(`anonymous_id:${second}`)).map(({ messageId }) => messageId).sort();
      assert.deepEqual(ids, messages(others).sort(), "all of it");
      keep(second);
    } else {
      assert.equal(left.status, 410);
      forget("erased while devices are moving in", second, messages(others));
    }
    forget("erased while devices are moving in", user, first, messages(own));
  }
});

test("erased right after a merge was taken back: what is the other's reaches them first", async () => {
  for (const side of [0, 1]) {
    const [user, first, second] = ["u", "a", "b"].map((name) => `parted-${side}-${name}-${randomUUID()}`);
    await server({ type: "page", anonymousId: first, timestamp: ago(99) });
    const own = await server({ type: "page", anonymousId: second, timestamp: ago(98) });
    await server({ type: "identify", userId: user, anonymousId: first, traits: { secret: `parted-secret-${user}` }, timestamp: ago(97) });
    const { profileId } = await edge.profile(`anonymous_id:${second}`);
    await server({ type: "identify", userId: user, anonymousId: second, timestamp: ago(96) });
    const one = await edge.profile(`user_id:${user}`);
    const parts = { left: [`user_id:${user}`], right: [`anonymous_id:${second}`] };
    const word = post(`${path(`user_id:${user}`)}/unmerge`, parts);
    if (side === 1) assert.equal((await word).status, 200);
    const [, receipt] = [await word, await erased(`user_id:${user}`)];
    assert.equal(receipt.profileId, one.profileId);
    const other = await until("the other is by itself", async () => {
      const profile = await show(`anonymous_id:${second}`);
      return profile.status === 200 && profile.timeline.events.length === 1 && profile;
    });
    assert.deepEqual([other.profileId, events(other)], [profileId, messages(own)]);
    assert.equal((await show(`anonymous_id:${first}`)).status, 410);
    keep(second);
    forget("erased right after a merge was taken back", user, first, `parted-secret-${user}`);
  }
});

test("a device that was parted from somebody who is erased keeps its own past, also what comes late", async () => {
  const [first, second] = [new Device(edge), new Device(edge)];
  const user = `cookie-${randomUUID()}`;
  await first.identify(user);
  await second.send([{ type: "page", timestamp: ago(40) }]);
  await second.identify(user);
  const name = `anonymous_id:${second.anonymousId}`;
  const { profileId } = await edge.profile(`user_id:${user}`);
  assert.equal((await edge.profile(name)).profileId, profileId);
  assert.equal((await post(`${path(`user_id:${user}`)}/unmerge`, { left: [`user_id:${user}`], right: [name] })).status, 200);
  await until("the second device is by itself", async () => {
    const profile = await show(name);
    return profile.status === 200 && profile.profileId !== profileId && profile.timeline.events.length > 0;
  });
  await erased(`user_id:${user}`);
  // Its cookie still names the profile that was erased; whose the device is, only its entry knows.
  second.userId = undefined;
  const late = await second.send([{ type: "page", timestamp: ago(20) }]);
  assert.equal(late.accepted, 1, JSON.stringify(late));
  assert.ok(events(await edge.profile(name)).includes(messages(late)[0]));
  // Who was parted from them knows no name of theirs any more.
  keep(second.anonymousId);
  forget("a device that was parted", user, first.anonymousId);
});

test("somebody else who had logged in on the device of who is erased is not erased with them", async () => {
  const device = new Device(edge);
  await device.send([{ type: "page", timestamp: ago(60) }]);
  const { profileId } = await erased(`anonymous_id:${device.anonymousId}`);
  // The login waited on the device, whose cookie names the profile that was erased: it must not be claimed for that.
  const user = `offline-${randomUUID()}`;
  device.userId = user;
  const context = { identityToken: identityToken(user) };
  const login = await device.send([{ type: "identify", traits: { city: "Ulm" }, context, timestamp: ago(30) }]);
  assert.equal(login.accepted, 1, JSON.stringify(login));
  const profile = await edge.profile(`user_id:${user}`);
  assert.notEqual(profile.profileId, profileId);
  assert.deepEqual([profile.traits, events(profile)], [{ city: "Ulm" }, messages(login)]);
  assert.deepEqual(profile.refusals.map(({ reason }) => reason), ["erased:anonymous_id"]);
  keep(user);
});

test("what has not left the profile when it is erased does not leave it", { timeout: 120_000 }, async () => {
  // Events leave, and accounts are told, a second after they come; a round in which it took longer until all was deleted says nothing.
  const quick = await until("a person erased within half a second", async () => {
    const user = `unsent-${randomUUID()}`;
    const said = { type: "group", userId: user, groupId: `account-of-${user}`, traits: { plan: `plan-of-${user}` } };
    const begun = Date.now();
    const sent = messages(await server({ type: "track", event: "Secret", userId: user, properties: { secret: `secret-${user}` } }, said));
    const { erasedAt } = await erased(`user_id:${user}`);
    return Date.parse(erasedAt) - begun < 500 && { user, sent };
  });
  const sent = `sent-${randomUUID()}`;
  await server({ type: "track", event: "Known", userId: sent });
  // Before anybody is killed: the local Queue is in memory.
  await until("what was sent is in the archive", () => archivedByNow(sent), { every: 200 });
  forget("what has not left", quick.user, quick.sent);
  unsent = { gone: quick.user, sent };
});

test("an event about somebody who was erased that had been filed with somebody else is found and goes", { timeout: 120_000 }, async () => {
  const [card, ada, bo, device] = ["card", "ada", "bo", "device"].map((name) => `misfiled-${name}-${randomUUID()}`);
  const email = `${bo}@example.com`;
  // More than a re-resolution reads, so that the event stays where it was filed.
  for (let n = 0; n < 11; n += 1) await server(...Array.from({ length: 1_000 }, () => ({ type: "page", userId: ada, timestamp: ago(5_000) })));
  await server({ type: "identify", userId: bo, anonymousId: device, traits: { email }, timestamp: ago(4_000) });
  // Both at once: the second finds the card nobody's, and the address to be Bo's.
  const sent = await server(
    { type: "identify", userId: ada, ...external("crm_id", card), timestamp: ago(3_001) },
    { type: "track", event: "Misfiled", anonymousId: device, properties: { email }, ...external("crm_id", card), timestamp: ago(3_000) },
  );
  assert.deepEqual(outcomes(sent), ["accepted", "accepted"]);
  const [, misfiled] = messages(sent);
  const filed = await until("Bo's profile has left it to an admin", async () => {
    const profile = await edge.profile(`user_id:${bo}`);
    return profile.lateConflicts.length > 0 && profile;
  });
  assert.ok(events(filed).includes(misfiled), "it is filed with Bo, whose card it is not");
  await erased(`user_id:${ada}`);
  // Something that is older makes everything connected with Bo be looked at anew.
  const older = await server({ type: "track", event: "Older", userId: bo, timestamp: ago(3_500) });
  const after = await until("it is gone", async () => {
    const profile = await edge.profile(`user_id:${bo}`);
    return !events(profile).includes(misfiled) && profile;
  });
  assert.deepEqual([after.computed.events, after.timeline.events.length], [2, 2]);
  assert.ok(events(after).includes(messages(older)[0]));
  const { answer: again } = await edge.send({ writeKey: "demo-server", batch: [sent.batch[1]] });
  assert.deepEqual([again.accepted, (await edge.profile(`user_id:${bo}`)).computed.events], [0, 2], "it does not come back");
  keep(bo, email, device);
  forget("an event that had been filed with somebody else", ada);
});

test("killed in the middle of it, it is carried to its end", { timeout: 120_000 }, async () => {
  for (const wait of [0, 15]) {
    const dee = await somebody(`dee-${wait}`);
    const word = erase(`user_id:${dee.user}`).catch(() => null);
    await new Promise((done) => setTimeout(done, wait));
    await edge.kill();
    await edge.up();
    await word;
    const receipt = await erased(`id:${dee.older.profileId}`);
    assert.equal(receipt.events, 7);
    for (const name of dee.names) assert.equal((await show(name)).status, 410, name);
    forget("killed in the middle of it", dee.values);
  }
});

test("nobody without the key erases, and what can't be read is a 400", async () => {
  const user = `unerased-${randomUUID()}`;
  await server({ type: "identify", userId: user });
  const url = `${path(`user_id:${user}`)}/erase`;
  assert.equal((await edge.fetch(url, { method: "POST", body: "{}" })).status, 401);
  for (const body of ["", "true", "{\"dryrun\":true}", "{\"dryRun\":1}"]) {
    assert.equal((await edge.admin(url, { method: "POST", body })).status, 400, body);
  }
  const answer = await erase("user_id:never-was");
  assert.deepEqual([answer.status, answer.code], [404, "profile_not_found"]);
  assert.equal((await erase("id:00000000000000000000000000000000")).status, 404);
  assert.equal((await show(`user_id:${user}`)).status, 200);
  keep(user);
});

test("no object keeps anything of who was erased", { timeout: 120_000 }, async () => {
  await edge.rest();
  await edge.down();
  const stored = contents(edge.state);
  assert.ok(gone.size > 100 && kept.size > 4, `${gone.size} values to look for`);
  const found = (value) => stored.filter(({ bytes }) => bytes.includes(value)).map(({ kind, path }) => `${kind} ${path.slice(-20)}`);
  const left = [...gone].flatMap(([value, test]) => found(value).map((where) => `${value} (${test}) is in ${where}`));
  left.push(...[...goneFrom].flatMap(([value, kind]) => found(value).filter((where) => where.startsWith(kind)).map((where) => `${value} is in ${where}`)));
  const files = archive(edge.state);
  left.push(...[...gone].filter(([value]) => files.some((bytes) => bytes.includes(value))).map(([value, test]) => `${value} (${test}) is in the archive`));
  if (archived(unsent.gone)) left.push(`${unsent.gone}, who was erased before anything was sent, is in the archive`);
  assert.deepEqual(left, []);
  assert.ok(archived(unsent.sent), "what was sent is in the archive");
  for (const value of kept) assert.ok(found(value).length > 0, `${value} should be there`);
});
