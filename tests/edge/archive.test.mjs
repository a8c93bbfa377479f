// What leaves the profiles: every accepted event is one line in the archive, whatever happens on the way.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, until } from "../harness/edge.mjs";
import { Miniflare, convertV4MiniflareOptions } from "../harness/packages.mjs";

let edge;
let reader;
before(async () => {
  edge = await Edge.start();
  // A second Miniflare on the same state, so that the archive can be read from outside.
  reader = new Miniflare(convertV4MiniflareOptions({
    resourcePersistencePath: edge.state,
    modules: true,
    script: "export default { fetch: () => new Response() }",
    r2Buckets: { ARCHIVE: "selvedge-archive-dev" },
  }));
});
after(async () => {
  await reader.dispose();
  await edge.close();
});

/** Every line of the archive, with the key of its file. */
async function archived() {
  const bucket = await reader.getR2Bucket("ARCHIVE");
  const { objects, truncated } = await bucket.list({ limit: 1000 });
  assert.equal(truncated, false);
  const read = async ({ key }) => {
    const text = await (await bucket.get(key)).text();
    assert.ok(text.endsWith("\n"), key);
    return text.trimEnd().split("\n").map((line) => ({ key, line: JSON.parse(line) }));
  };
  return (await Promise.all(objects.map(read))).flat();
}

/** Waits until the archive holds all these messageIds, and gives back every line that it holds by then. */
function archivedAll(ids) {
  return until(
    `${ids.length} events in the archive`,
    async () => {
      const all = await archived();
      const found = new Set(all.map(({ line }) => line.messageId));
      return ids.every((id) => found.has(id)) && all;
    },
    { within: 20_000, every: 100 },
  );
}

const count = (all, id) => all.filter(({ line }) => line.messageId === id).length;
const track = (more) => ({ type: "track", event: "Order Completed", messageId: randomUUID(), ...more });
const hour = (receivedAt) => receivedAt.slice(0, 13);

test("each accepted event is one line, under its source and the hour of its receipt", async () => {
  const device = new Device(edge);
  const old = track({ timestamp: "2019-05-05T05:05:05.000Z", properties: { total: 12.5, text: "ü\n\"" } });
  const { batch } = await device.send([old, { type: "page" }]);
  const userId = randomUUID();
  const server = track({ userId });
  const refused = track({ type: "purchase", userId });
  await edge.send({ writeKey: "demo-server", batch: [server, refused] });

  const all = await archivedAll([...batch, server].map((event) => event.messageId));
  assert.equal(count(all, refused.messageId), 0);
  const expected = batch.map((event) => ["shop", event, `anonymous_id:${device.anonymousId}`]);
  expected.push(["pos", server, `user_id:${userId}`]);
  for (const [source, event, name] of expected) {
    assert.equal(count(all, event.messageId), 1, event.messageId);
    const { key, line } = all.find(({ line }) => line.messageId === event.messageId);
    const profile = await edge.profile(name);
    const stored = profile.timeline.events.find(({ messageId }) => messageId === event.messageId);
    assert.deepEqual(line, { ...stored, profileId: profile.profileId });
    assert.match(key, new RegExp(`^archive/source=${source}/hour=${hour(line.receivedAt)}/[0-9a-f]{32}\\.ndjson$`));
  }
});

test("what is sent again is not archived again", async () => {
  const device = new Device(edge);
  const events = [track(), track()];
  await device.send(events);
  const again = await device.send(events);
  assert.deepEqual([again.accepted, again.duplicate], [0, 2]);
  const last = track();
  await device.send([...events, last]); // when this one is there, everything before it is too
  const all = await archivedAll([...events, last].map((event) => event.messageId));
  assert.deepEqual([...events, last].map((event) => count(all, event.messageId)), [1, 1, 1]);
});

test("what consent keeps out of the profile stays out of the archive", async () => {
  const userId = randomUUID();
  const context = { consent: { categoryPreferences: { analytics: false } } };
  const [denied, taken] = [track({ userId, context }), track({ userId })];
  const { answer } = await edge.send({ writeKey: "demo-server", batch: [denied, taken] });
  assert.equal(answer.rejected, 1);
  const all = await archivedAll([taken.messageId]);
  assert.equal(count(all, denied.messageId), 0);
});

test("a large batch of one person, far more than one message of the Queue holds, arrives whole", async () => {
  const userId = randomUUID();
  const sized = (bytes) => track({ userId, properties: { text: "x".repeat(bytes) } });
  const events = [...Array.from({ length: 14 }, () => sized(32_000)), ...Array.from({ length: 150 }, () => sized(100))];
  const { answer } = await edge.send({ writeKey: "demo-server", batch: events });
  assert.equal(answer.accepted, events.length);
  const ids = events.map((event) => event.messageId);
  const all = await archivedAll(ids);
  assert.ok(ids.every((id) => count(all, id) === 1));
});

test("an event that was acknowledged a moment before the crash reaches the archive after it", async () => {
  const device = new Device(edge);
  const event = track();
  const { accepted } = await device.send([event]);
  assert.equal(accepted, 1);
  await edge.kill();
  assert.equal(count(await archived(), event.messageId), 0, "killed in time");
  await edge.up();
  const all = await archivedAll([event.messageId]); // nobody calls: the alarm does it
  const { profileId } = await edge.profile(`anonymous_id:${device.anonymousId}`);
  assert.equal(all.find(({ line }) => line.messageId === event.messageId).line.profileId, profileId);
});
