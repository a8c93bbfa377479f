// Whoever is erased leaves the archive: no reader gives out their lines from then on, their files are written anew, what the Queue had
// taken goes when it comes, and everybody else's lines stay.

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Device, Edge, until } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start({ door: true })));
after(() => edge.close());

/** The files of R2. */
const files = () => readdirSync(edge.state, { recursive: true, withFileTypes: true })
  .filter((file) => file.isFile() && file.parentPath.includes("r2"))
  .map((file) => join(file.parentPath, file.name));
/** As it is, and what is packed in it. */
const unpacked = (bytes) => (bytes.length > 1 && bytes.readUInt16BE(0) === 0x1f8b ? [bytes, gunzipSync(bytes)] : [bytes]);
/** The bytes of everything in R2. */
const blobs = () => files().filter((file) => !file.includes("sqlite")).flatMap((file) => unpacked(readFileSync(file)));
const standsInR2 = (...values) => blobs().flatMap((bytes) => values.filter((value) => bytes.includes(value)));

/** What the archive's reader gives out: files with their manifests and lines. */
async function given(of = "archive", but) {
  const { files } = await (await edge.admin(`/v1/archive?limit=500&of=${of}`)).json();
  return Promise.all(files.filter(({ file }) => !but || !file.includes(but)).map(async (manifest) => {
    const answer = await edge.admin(`/v1/archive/file?name=${encodeURIComponent(manifest.file)}`);
    if (answer.status === 404) return { manifest, lines: [] };
    return { manifest, lines: gunzipSync(Buffer.from(await answer.arrayBuffer())).toString().trimEnd().split("\n").map(JSON.parse) };
  }));
}
const lines = async (of, but) => (await given(of, but)).flatMap(({ lines }) => lines);

async function send(...events) {
  const batch = events.map((event) => ({ messageId: randomUUID(), ...event }));
  const { answer } = await edge.send({ writeKey: "demo-server", batch });
  assert.equal(answer.accepted, batch.length, JSON.stringify(answer));
  return batch.map(({ messageId }) => messageId);
}
async function erase(name) {
  const answer = await edge.admin(`/v1/profiles/${name}/erase`, { method: "POST", body: "{}" });
  assert.equal(answer.status, 200);
  return (await answer.json()).receipt;
}
const erased = (name) => until(`${name} is erased`, async () => {
  const receipt = await erase(name);
  return receipt.status === "done" && receipt;
});
/** All of these events are in the archive. */
const archived = (ids) => until("all is in the archive", async () => {
  const there = new Set((await lines()).map(({ messageId }) => messageId));
  return ids.every((id) => there.has(id));
});

function person(name) {
  const [user, device, email] = [`${name}-${randomUUID()}`, `${name}-device-${randomUUID()}`, `${name}-${randomUUID()}@example.com`];
  const events = () => send(
    { type: "page", anonymousId: device },
    { type: "track", event: "Product Added", anonymousId: device, properties: { product_id: "shoes", category: "Running shoes" } },
    { type: "identify", userId: user, anonymousId: device, traits: { email } },
    { type: "track", event: "Order Completed", userId: user, properties: { total: 5 } },
  );
  return { user, device, email, values: [user, device, email], events };
}
/** A line as a profile had sent it before. */
function line({ user, email }, more = {}) {
  const [profileId, messageId] = [randomBytes(16).toString("hex"), randomUUID()];
  const at = new Date(Date.now() - 60_000).toISOString();
  return {
    id: `${profileId}/${messageId}`, v: 2, profileId, messageId, type: "track", timestamp: at, receivedAt: at, source: "shop",
    ids: [{ namespace: "user_id", value: user, trust: "verified" }], body: { userId: user, event: "Late", properties: { email } }, ...more,
  };
}

test("of two people in one file one is erased: no reader gives their lines out, then they are gone, and the other's are there once", async () => {
  const [ada, bo] = [person("ada"), person("bo")];
  const theirs = await ada.events();
  const others = await bo.events();
  // An admin's word names her; and Bo's event shows her address, which makes it hers no more than her letters in his post.
  const word = await edge.admin(`/v1/profiles/user_id:${ada.user}/unmerge`, { method: "POST", body: JSON.stringify({ left: [`email:${ada.email}`], right: [`email:${bo.email}`] }) });
  assert.equal(word.status, 200, await word.text());
  const [first, both] = [line(ada), line(bo)];
  await edge.post(JSON.stringify([first, both]));
  await archived([...theirs, ...others, first.messageId, both.messageId]);
  const changes = async (id) => (await lines("segments")).filter(({ profileId }) => profileId === id);
  // Device and login are one person by now, whichever of the two events came to an object first: what they enter is told by that one's id.
  const added = await send(...[ada, bo].map(({ user }) => ({ type: "identify", userId: user, traits: { tier: "gold" } })));
  await archived(added);
  const [adas, bos] = await Promise.all([ada, bo].map(({ user }) => edge.profile(`user_id:${user}`)));
  await until("it is there which segments they entered", async () => (await changes(adas.profileId)).length > 0 && (await changes(bos.profileId)).length > 0);
  await until("the word is there", async () => JSON.stringify(await lines("words")).includes(ada.email));
  const shared = (await given()).filter(({ lines }) => lines.some(({ messageId }) => messageId === both.messageId));
  assert.ok(shared.every(({ lines, manifest }) => lines.length === 2 && manifest.v === 2 && manifest.people.length === 2), "both in one file");

  // What stands before her files takes the walk a while.
  const hour = (n) => new Date(Date.now() - n * 3_600_000).toISOString();
  await edge.post(JSON.stringify(Array.from({ length: 80 }, (_, n) => line(bo, { source: "a", receivedAt: hour(n) }))));
  await until("they are there", async () => (await (await edge.admin("/v1/archive?limit=500")).json()).files.length >= 80);

  const receipt = await erase(`user_id:${ada.user}`);
  const shown = JSON.stringify([await lines("archive", "source=a/"), await lines("words"), await lines("segments")]);
  assert.deepEqual([...ada.values, adas.profileId].filter((value) => shown.includes(value)), [], "from now on nothing is given out");
  const replay = await edge.admin("/v1/replay", { method: "POST", body: `${JSON.stringify(first)}\n` });
  assert.deepEqual((await replay.json()).results.map(({ code }) => code), ["erased"]);
  if (receipt.archive.status === "pending") assert.deepEqual([receipt.status, receipt.archive.lines], ["under_way", null]);
  assert.deepEqual(receipt.recovery, { durableObjectsDays: 30, archiveDays: 0, queueDays: 14 });

  const done = await erased(`user_id:${ada.user}`);
  assert.deepEqual([done.id, done.archive.status, done.archive.beyond], [receipt.id, "done", 0]);
  // Four events, a line of before, and a word.
  assert.ok(done.archive.lines >= 6 && done.archive.files >= 3, JSON.stringify(done.archive));
  assert.deepEqual(standsInR2(...ada.values, ...theirs, added[0], adas.profileId), []);
  assert.ok((await changes(bos.profileId)).length > 0, "the other's stay");
  const left = await lines();
  for (const id of [...others, added[1], both.messageId]) assert.equal(left.filter(({ messageId }) => messageId === id).length, 1, id);
  for (const { manifest, lines } of await given()) assert.equal(manifest.lines, lines.length, manifest.file);
});

test("what the Queue had taken goes when it comes, and so do dead letters; nothing of it can be replayed", async () => {
  const [cy, dee] = [person("cy"), person("dee")];
  const theirs = await cy.events();
  await archived(theirs);
  const [early, kept] = [line(cy), line(dee)];
  await edge.post(JSON.stringify([early, { neither: "line nor row", of: cy.email }, kept]));
  await archived([early.messageId, kept.messageId]);
  await erased(`email:${cy.email}`);
  const [late, beside] = [line(cy), line(dee)];
  await edge.post(JSON.stringify([late, beside]));
  await archived([beside.messageId]);
  await until("what came late is gone", () => standsInR2(late.messageId, early.messageId, cy.user, cy.device).length === 0);
  assert.equal((await lines()).filter(({ messageId }) => messageId === beside.messageId).length, 1);
  const replay = await edge.admin("/v1/replay", { method: "POST", body: `${JSON.stringify(early)}\n${JSON.stringify(kept)}\n` });
  const answer = await replay.json();
  assert.deepEqual([answer.accepted, answer.results.map(({ code }) => code)], [1, ["erased"]], JSON.stringify(answer));
  // What nobody can read stays, and is an admin's to let go.
  assert.deepEqual(standsInR2(cy.email), [cy.email]);
  const { deadLetters } = await (await edge.admin("/v1/dead-letters")).json();
  for (const { id } of deadLetters) await edge.admin(`/v1/dead-letters/${id}`, { method: "DELETE" });
  assert.deepEqual(standsInR2(cy.email), []);
});

test("what a device of theirs sent as a bot goes with them", async () => {
  const eve = person("eve");
  await archived(await eve.events());
  const agent = "Mozilla/5.0 (compatible; Googlebot/2.1)";
  const [robot, own] = [new Device(edge, eve.device), new Device(edge)];
  for (const device of [robot, own]) {
    const batch = [{ type: "page", messageId: randomUUID(), anonymousId: device.anonymousId }];
    await edge.send({ writeKey: "demo", batch }, { headers: { "user-agent": agent } });
  }
  const bots = () => lines("bots").then((all) => all.map(({ body }) => body.anonymousId));
  await until("both are there", async () => (await bots()).length === 2);
  await erased(`user_id:${eve.user}`);
  assert.deepEqual(await bots(), [own.anonymousId]);
  assert.deepEqual(standsInR2(...eve.values), []);
});

test("killed in the middle of it, it comes to its end, and nobody else's line is lost", { timeout: 120_000 }, async () => {
  const others = person("others");
  const stays = await others.events();
  for (const wait of [0, 30]) {
    const gone = person(`killed-${wait}`);
    const theirs = await gone.events();
    await archived([...theirs, ...stays]);
    // A few files, so that there is a middle.
    for (let n = 0; n < 4; n += 1) {
      const at = new Date(Date.now() - n * 3_600_000).toISOString();
      const [one, two] = [line(gone, { receivedAt: at }), line(others, { receivedAt: at })];
      stays.push(two.messageId);
      await edge.post(JSON.stringify([one, two]));
    }
    await archived(stays);
    const word = erase(`user_id:${gone.user}`).catch(() => null);
    await new Promise((done) => setTimeout(done, wait));
    await edge.kill();
    await edge.up();
    await word;
    const receipt = await erased(`anonymous_id:${gone.device}`);
    assert.ok(receipt.archive.lines >= 7, JSON.stringify(receipt.archive));
    await until("nothing is left", () => standsInR2(...gone.values, ...theirs).length === 0);
    const left = (await lines()).map(({ messageId }) => messageId);
    for (const id of stays) assert.ok(left.includes(id), id);
  }
});
