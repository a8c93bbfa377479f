// How long what is kept, by source and by event: in profiles, also those that sleep, and in the archive.

import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Edge, shopConfig, until } from "../harness/edge.mjs";
import { contents } from "../harness/storage.mjs";

const DAY = 24 * 60 * 60 * 1000;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();
const RULES = { days: 30, rules: [{ type: "page", days: 7 }, { source: "pos", event: "Order Completed", days: 365 }] };

let edge;
before(async () => (edge = await Edge.start({ door: true })));
after(() => edge.close());

const send = async (userId, ...batch) => {
  const events = batch.map((event) => ({ userId, messageId: randomUUID(), ...event }));
  const { answer } = await edge.send({ writeKey: "demo-server", batch: events }, { path: "/v1/batch?results=1" });
  return answer.results.map(({ outcome, code }) => code ?? outcome);
};

/** The archive's files of events, with their lines and manifests. */
async function archive(of = "archive") {
  const { files } = await (await edge.admin(`/v1/archive?limit=500&of=${of}`)).json();
  return Promise.all(files.map(async (manifest) => {
    const bytes = Buffer.from(await (await edge.admin(`/v1/archive/file?name=${encodeURIComponent(manifest.file)}`)).arrayBuffer());
    return { manifest, bytes, lines: gunzipSync(bytes).toString().trimEnd().split("\n").map(JSON.parse) };
  }));
}

/** A line as a profile sends it, received so many days ago. */
function line(days, event, source = "shop") {
  const [profileId, messageId] = [randomBytes(16).toString("hex"), randomUUID()];
  const [type, name] = event === "page" ? ["page", {}] : ["track", { event }];
  return {
    id: `${profileId}/${messageId}`, v: 2, profileId, messageId, type, timestamp: ago(days), receivedAt: ago(days), source,
    ids: [{ namespace: "user_id", value: "a", trust: "verified" }], body: { userId: "a", ...name },
  };
}

test("periods by source and event reach profiles that sleep, what arrives, and the archive's files", async () => {
  const [userId, secret] = [randomUUID(), `secret-${randomUUID()}`];
  const track = (days, event, more) => ({ type: "track", event, timestamp: ago(days), properties: { order_id: randomUUID(), total: 5, ...more } });
  const page = (days) => ({ type: "page", timestamp: ago(days), properties: { title: "A page" } });
  assert.deepEqual(await send(userId, page(10), page(2), track(10, "Viewed"), track(40, "Viewed", { note: secret }), track(100, "Order Completed"), track(400, "Order Completed")), Array(6).fill("accepted"));
  const lines = [
    line(400, "page"), line(40, "page"), line(40, "Viewed"), line(40, "Order Completed"), line(40, "Order Completed", "pos"), line(10, "page"), line(10, "Viewed"), line(10, "page", "pos"), line(1, "page"),
    line(400, "Order Completed", "pos"), line(20, "page", "a source of before"), line(40, "Viewed", "a source of before"),
  ];
  const bots = [40, 1].map((days) => {
    const { profileId, ids, ...sent } = line(days, "page");
    return { ...sent, id: `bot/shop/${sent.messageId}`, v: 1, bot: "user_agent", consent: {} };
  });
  await edge.post(JSON.stringify([...lines, ...bots]));
  await until("what bots sent is there", async () => (await archive("bots")).length === 2);
  await until("all of it is in the archive", async () => (await archive()).flatMap(({ lines }) => lines).length === 18);
  const before = await archive();

  await edge.publish({ ...shopConfig(), "retention.json": RULES });
  const name = `user_id:${userId}`;
  const kept = await until("the profile was woken and has let go", async () => {
    const profile = await edge.profile(name);
    return profile.computed.events === 3 && profile;
  });
  assert.deepEqual(kept.timeline.events.map(({ event }) => event ?? "page"), ["page", "Viewed", "Order Completed"]);
  assert.equal(kept.computed.revenue, 5, "it is folded anew");
  assert.deepEqual(await send(randomUUID(), page(8), page(6), track(8, "Viewed"), track(31, "Viewed"), track(100, "Order Completed"), track(366, "Order Completed")),
    ["past_retention", "accepted", "accepted", "past_retention", "accepted", "past_retention"]);

  const known = new Set(lines.map(({ id }) => id));
  const said = ({ source, type, body, receivedAt }) => `${source} ${body.event ?? type} ${Math.round((Date.now() - Date.parse(receivedAt)) / DAY)}`;
  const expected = ["pos Order Completed 40", "shop Viewed 10", "shop page 1"];
  const files = await until("the archive is swept", async () => {
    const all = await archive();
    return all.flatMap(({ lines }) => lines).filter(({ id }) => known.has(id)).length === expected.length && all;
  });
  assert.deepEqual(files.flatMap(({ lines }) => lines).filter(({ id }) => known.has(id)).map(said).sort(), expected);
  const ofBots = await until("what bots sent is swept, too", async () => {
    const all = await archive("bots");
    return all.length === 1 && all;
  });
  assert.deepEqual(ofBots[0].lines.map(({ id }) => id), [bots[1].id]);
  for (const { manifest, bytes, lines } of [...files, ...ofBots]) {
    assert.deepEqual([manifest.lines, manifest.bytes, manifest.sha256], [lines.length, bytes.length, createHash("sha256").update(bytes).digest("hex")], manifest.file);
    assert.deepEqual([manifest.minReceivedAt, manifest.maxReceivedAt], [lines.map((line) => line.receivedAt).sort()[0], lines.map((line) => line.receivedAt).sort().at(-1)], manifest.file);
  }
  const young = before.filter(({ lines }) => lines.every(({ receivedAt }) => receivedAt > ago(2)));
  assert.ok(young.every(({ manifest }) => files.some((file) => file.manifest.file === manifest.file)), "what is young is as it was");

  await edge.rest();
  await edge.down();
  const found = contents(edge.state).filter(({ bytes }) => bytes.includes(secret)).length;
  assert.equal(found, 0, "nothing of what was said is in any database");
  await edge.up();
});
