// What leaves the profiles: every accepted event is one line in the archive, whatever happens on the way.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { Device, Edge, until } from "../harness/edge.mjs";
import { Miniflare, convertV4MiniflareOptions } from "../harness/packages.mjs";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

let edge;
let reader;
before(async () => {
  edge = await Edge.start({ door: true });
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

/** Every object of the bucket whose key begins so. */
async function objects(prefix) {
  const bucket = await reader.getR2Bucket("ARCHIVE");
  const { objects, truncated } = await bucket.list({ limit: 1000, prefix });
  assert.equal(truncated, false);
  const read = async ({ key }) => ({ key, bytes: Buffer.from(await (await bucket.get(key)).arrayBuffer()) });
  return Promise.all(objects.map(read));
}

/** Every line of the archive, with the key of its file. */
async function archived(prefix = "archive/") {
  const read = ({ key, bytes }) => {
    const text = gunzipSync(bytes).toString();
    assert.ok(text.endsWith("\n"), key);
    return text.trimEnd().split("\n").map((line) => ({ key, line: JSON.parse(line) }));
  };
  return (await objects(prefix)).flatMap(read);
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
    { every: 100 },
  );
}

const count = (all, id) => all.filter(({ line }) => line.messageId === id).length;
const track = (more) => ({ type: "track", event: "Order Completed", messageId: randomUUID(), ...more });
const hour = (receivedAt) => receivedAt.slice(0, 13);

/** An event of the archive as the API shows it on a timeline. */
function shown({ body, type, messageId, timestamp, receivedAt, source }) {
  return { ...body, type, messageId, timestamp, receivedAt, source };
}

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
    assert.deepEqual(shown(line), stored);
    assert.equal(line.profileId, profile.profileId);
    assert.equal(line.id, `${profile.profileId}/${event.messageId}`);
    const [namespace, value] = name.split(":");
    assert.deepEqual(line.ids, [{ namespace, value, trust: "verified" }], "what was proven");
    assert.equal(line.consent.analytics, true);
    assert.match(key, new RegExp(`^archive/source=${source}/hour=${hour(line.receivedAt)}/[0-9a-f]{32}\\.ndjson\\.gz$`));
  }
});

test("who enters a segment and who leaves it is an event of its own: a line with time and cause, that no replay takes", async () => {
  const device = new Device(edge);
  const { batch: [added] } = await device.send([{ type: "track", event: "Product Added", messageId: randomUUID(), properties: { product_id: "shoes", category: "Running shoes" } }]);
  const { batch: [ordered] } = await device.send([track({ properties: { order_id: randomUUID(), total: 80 } })]);
  const { profileId, segmentChanges } = await edge.profile(`anonymous_id:${device.anonymousId}`);
  const found = await until("all changes are in the archive", async () => {
    const mine = (await archived("segments/")).filter(({ line }) => line.profileId === profileId);
    return mine.length >= segmentChanges.length && mine;
  }, { every: 100 });
  const expected = segmentChanges.map(({ segment, entered, at, how, messageId }) =>
    ({ v: 1, event: entered ? "Segment Entered" : "Segment Left", profileId, segment, timestamp: at, how, ...(messageId && { messageId }) }));
  const key = (line) => `${line.segment} ${line.timestamp} ${line.event}`;
  const sorted = (lines) => lines.toSorted((one, other) => key(one).localeCompare(key(other)));
  assert.deepEqual(sorted(found.map(({ line: { id, ...line } }) => line)), sorted(expected));
  assert.equal(new Set(found.map(({ line }) => line.id)).size, found.length);
  const cart = found.filter(({ line }) => line.segment === "running-shoes-in-cart").map(({ line }) => [line.event, line.how, line.messageId]);
  assert.deepEqual(cart, [["Segment Entered", "event", added.messageId], ["Segment Left", "event", ordered.messageId]]);
  for (const { key, line } of found) assert.match(key, new RegExp(`^segments/hour=${hour(line.timestamp)}/[0-9a-f]{32}\\.ndjson\\.gz$`));
  const replay = await edge.admin("/v1/replay", { method: "POST", body: `${JSON.stringify(found[0].line)}\n` });
  assert.equal(replay.status, 400, "segments are looked at anew");
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

test("what an older Worker has put into the Queue is a line like any other", async () => {
  const profileId = "0123456789abcdef".repeat(2);
  const old = { ...track({ userId: "u" }), timestamp: "2026-01-01T10:00:00.000Z", receivedAt: "2026-01-01T10:00:01.000Z", source: "pos" };
  await edge.post(JSON.stringify([{ ...old, profileId }]));
  const all = await archivedAll([old.messageId]);
  const { key, line } = all.find(({ line }) => line.messageId === old.messageId);
  assert.deepEqual({ ...shown(line), profileId: line.profileId }, { ...old, profileId });
  assert.deepEqual([line.v, line.ids], [1, []], "it does not say what was proven");
  assert.match(key, /^archive\/source=pos\/hour=2026-01-01T10\//);
});

test("DuckDB reads each line once, though some stand in two files, and the manifests say what is in each file", async () => {
  // The Queue delivers at least once. The same batch again is the same file; cut in another way, it is another one.
  const all = await archived();
  const beside = ({ key }) => all.filter((other) => other.key === key).length;
  const [alone, among] = [all.find((one) => beside(one) === 1), all.find((one) => beside(one) > 1)];
  await edge.post(JSON.stringify([alone.line]));
  await edge.post(JSON.stringify([among.line, among.line]));
  await until("a line stands in two files", async () => {
    const copies = (await archived()).filter(({ line }) => line.id === among.line.id);
    return new Set(copies.map(({ key }) => key)).size === 2 && copies.length === 3;
  });
  const name = `user_id:${randomUUID()}`;
  const last = track({ userId: name.slice(8) });
  await edge.send({ writeKey: "demo-server", batch: [last] });
  await until("it is there", async () => (await archived()).some(({ line }) => line.messageId === last.messageId));
  await until("and gone", async () => {
    const { receipt } = await (await edge.admin(`/v1/profiles/${name}/erase`, { method: "POST", body: "{}" })).json();
    return receipt.status === "done";
  });
  const words = await until("the erasure is in the archive", async () => {
    const words = await archived("words/");
    return words.length > 0 && words;
  });

  const folder = mkdtempSync(join(tmpdir(), "selvedge-archive-"));
  try {
    const stored = await objects("");
    for (const { key, bytes } of stored) {
      mkdirSync(dirname(join(folder, key)), { recursive: true });
      writeFileSync(join(folder, key), bytes);
    }
    const [, examples] = /```sql\n(.*?)```/su.exec(readFileSync(join(root, "docs/archive.md"), "utf8"));
    const documented = examples.trim().split("\n").filter((query) => query.startsWith("SELECT"));
    assert.ok(documented.length > 2);
    const read = await duckdb(folder, {
      ...Object.fromEntries(documented.map((query) => [query, query])),
      events: `SELECT id, source, hour, "type", messageId, profileId, strftime("timestamp", '%Y-%m-%dT%H:%M:%S.%gZ') AS "timestamp",
                      list_transform(ids, lambda one: one.namespace || ':' || one.value) AS names, body FROM events ORDER BY id`,
      hours: "SELECT count(*) AS n FROM events WHERE hour = '2026-01-01T10'",
      segments: "SELECT id, event, segment, profileId, how, messageId FROM segments ORDER BY id",
      words: "SELECT id, said FROM words ORDER BY id",
      files: "SELECT file, lines, bytes, sha256 FROM files ORDER BY file",
    });
    const lines = await archived();
    const ids = [...new Set(lines.map(({ line }) => line.id))].sort();
    assert.ok(lines.length > ids.length, "some stand there twice");
    assert.deepEqual(read.events.map(({ id }) => id), ids);
    for (const event of read.events) {
      const { line } = lines.find(({ line }) => line.id === event.id);
      const { source, type, messageId, profileId, timestamp } = line;
      const names = line.ids.map(({ namespace, value }) => `${namespace}:${value}`);
      const wanted = { id: line.id, source, hour: hour(line.receivedAt), type, messageId, profileId, timestamp, names };
      const { body, ...found } = event;
      assert.deepEqual(found, wanted);
      assert.deepEqual(JSON.parse(body), line.body);
    }
    assert.deepEqual(read.hours, [{ n: 1 }]);
    const changes = new Map((await archived("segments/")).map(({ line }) => [line.id, line]));
    assert.ok(changes.size > 0);
    assert.deepEqual(read.segments, [...changes.keys()].sort().map((id) => {
      const { event, segment, profileId, how, messageId = null } = changes.get(id);
      return { id, event, segment, profileId, how, messageId };
    }));
    assert.deepEqual(read.words.map(({ id }) => id), [...new Set(words.map(({ line }) => line.id))].sort());
    assert.ok(!JSON.stringify(read.words).includes(name.slice(8)), "nothing says who that was");

    const packed = stored.filter(({ key }) => key.endsWith(".ndjson.gz")).sort((a, b) => (a.key < b.key ? -1 : 1));
    const expected = packed.map(({ key, bytes }) => ({
      file: key,
      lines: gunzipSync(bytes).toString().split("\n").length - 1,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    }));
    assert.deepEqual(read.files, expected, "one manifest for each file");
    assert.equal(lines.filter(({ line }) => line.id === alone.line.id).length, 1, "the same file");

    // The same by the API, a page at a time.
    const listed = [];
    for (let cursor = ""; cursor !== null; ) {
      const page = await (await edge.admin(`/v1/archive?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)).json();
      listed.push(...page.files);
      cursor = page.next;
    }
    const events = expected.filter(({ file }) => file.startsWith("archive/"));
    assert.deepEqual(listed.map(({ file, lines, bytes, sha256 }) => ({ file, lines, bytes, sha256 })), events);
    const first = await edge.admin(`/v1/archive/file?name=${encodeURIComponent(events[0].file)}`);
    assert.deepEqual(Buffer.from(await first.arrayBuffer()), packed[0].bytes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** What some queries say over examples/archive/archive.sql. */
async function duckdb(archive, queries) {
  const script = `
import duckdb, json, sys
connection = duckdb.connect()
connection.execute("SET VARIABLE archive = '" + sys.argv[1] + "'")
connection.execute(open(sys.argv[2]).read())
answers = {}
for name, query in json.loads(sys.argv[3]).items():
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    answers[name] = [dict(zip(names, row)) for row in cursor.fetchall()]
print(json.dumps(answers))
`;
  const args = ["-c", script, archive, join(root, "examples/archive/archive.sql"), JSON.stringify(queries)];
  const env = { ...process.env, PYTHONPATH: process.env.PYTHON_PACKAGES, PYTHONDONTWRITEBYTECODE: "1" };
  const { stdout } = await run("python3", args, { env, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}
