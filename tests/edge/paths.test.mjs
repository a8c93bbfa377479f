// The paths of the Segment and RudderStack APIs beside those of plain ingest: images, beacons, settings, metrics, keys.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Edge, shopConfig } from "../harness/edge.mjs";

const LISTED = "https://shop.example";
const BLOG = "https://blog.example";

let edge;
before(async () => {
  edge = await Edge.start();
  const files = shopConfig();
  files["sources.json"].sources[0].origins = [LISTED];
  await edge.publish(files);
});
after(() => edge.close());

const track = (more = {}) => ({ type: "track", event: "Opened", messageId: randomUUID(), anonymousId: randomUUID(), ...more });
const basic = (text) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
const query = (fields) => new URLSearchParams(fields).toString();
const origins = (headers) => [headers.get("access-control-allow-origin"), headers.get("access-control-allow-credentials")];

async function image(path) {
  const response = await edge.fetch(path);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "image/gif");
  assert.equal(response.headers.get("cache-control"), "no-store");
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(bytes.subarray(0, 6).toString("latin1"), "GIF89a");
  assert.deepEqual([bytes.readUInt16LE(6), bytes.readUInt16LE(8), bytes.at(-1)], [1, 1, 0x3b], "1 × 1, and whole");
  return response;
}

test("an image brings an event in its query", async () => {
  const ids = { userId: `mail-${randomUUID()}`, messageId: randomUUID() };
  const fields = { writeKey: "demo-server", ...ids, event: "Email Opened & read", "properties.mail.id": "7", "context.locale": "de" };
  const first = await image(`/pixel/v1/track?${query(fields)}`);
  assert.equal(first.headers.get("set-cookie"), null);
  await image(`/pixel/v1/track?${query(fields)}`);
  const [stored, ...more] = await edge.timeline(`user_id:${ids.userId}`);
  assert.deepEqual(more, [], "the same image again is the same event");
  const { timestamp, receivedAt, ...event } = stored;
  const { writeKey, "properties.mail.id": _, "context.locale": __, ...plain } = fields;
  assert.deepEqual(event, { ...plain, type: "track", source: "pos", properties: { mail: { id: "7" } }, context: { locale: "de" } });
  assert.equal(timestamp, receivedAt);
});

test("an image of each type brings its event as base64 of any alphabet", async () => {
  const userId = `mail-${randomUUID()}`;
  const fields = { track: { event: "X" }, group: { groupId: "acme" }, alias: { previousId: `old-${userId}` } };
  const types = ["alias", "group", "identify", "page", "screen", "track"];
  const properties = { text: "ÿþ~?> ä", price: 9.5 };
  for (const type of types) {
    const text = JSON.stringify({ writeKey: "demo-server", userId, properties, ...fields[type] });
    const encoding = type < "i" ? "base64" : "base64url";
    await image(`/v1/pixel/${type}?${query({ data: Buffer.from(text).toString(encoding) })}`);
  }
  const stored = await edge.timeline(`user_id:${userId}`);
  assert.deepEqual(stored.map(({ type }) => type).sort(), types);
  for (const event of stored) assert.deepEqual(event.properties, properties);
});

test("an image comes whatever became of the event, and says it if it is asked", async () => {
  const wrong = ["", "?data=!", "?data=e30", `?${query({ writeKey: "wrong", event: "X", userId: "u" })}`, "?writeKey=demo&event=X"];
  for (const asked of wrong) await image(`/v1/pixel/track${asked}`);
  const answers = await Promise.all(wrong.map((asked) => edge.fetch(`/v1/pixel/track${asked || "?"}&results=1`)));
  assert.deepEqual(answers.map(({ status }) => status), [401, 400, 401, 401, 200]);
  const { results } = await answers.at(-1).json();
  assert.deepEqual(results.map(({ code }) => code), ["no_user_anon_id"]);
  assert.equal((await edge.fetch("/v1/pixel/purchase?writeKey=demo")).status, 404);
});

test("a dotted name does not lead down for ever", async () => {
  const anonymousId = randomUUID();
  await image(`/v1/pixel/track?${query({ writeKey: "demo", event: "Deep", anonymousId, [`${"a.".repeat(5_000)}b`]: "1" })}`);
  assert.deepEqual((await edge.timeline(`anonymous_id:${anonymousId}`)).map(({ event }) => event), ["Deep"]);
});

test("a beacon has its key in the query", async () => {
  const events = [track(), track()];
  const sent = await edge.send({ batch: events }, { path: "/beacon/v1/batch?writeKey=demo" });
  assert.deepEqual([sent.status, sent.answer.accepted], [200, 2]);
  assert.equal((await edge.send({ batch: events }, { path: "/beacon/v1/batch" })).status, 401);
  assert.equal((await edge.send({ batch: events }, { path: "/beacon/v1/batch?writeKey=wrong" })).status, 401);
});

test("the key is found in each of its places, and a place without one is passed over", async () => {
  const events = () => ({ batch: [track()] });
  const status = async (body, headers, path = "/v1/batch") => (await edge.send(body, { headers, path })).status;
  assert.equal(await status({ ...events(), writeKey: "demo" }, { authorization: "Bearer some.oauth.token" }), 200);
  assert.equal(await status({ ...events(), writeKey: "demo" }, basic(":")), 200);
  assert.equal(await status({ ...events(), writeKey: "" }, basic("demo")), 200);
  assert.equal(await status(events(), { authorization: basic("demo:").authorization.replace("Basic", "basic") }), 200);
  assert.equal(await status({ ...events(), writeKey: 5 }, {}, "/v1/batch?writeKey=demo"), 200);
  assert.equal(await status(events(), {}, "/v1/import?writeKey=%64emo"), 200);
  assert.equal(await status({ ...events(), writeKey: "demo" }, basic("wrong:")), 401);
  assert.equal(await status(events(), { authorization: "Bearer demo" }), 401);
});

test("a key that was published a moment ago is known, also where the config is not yet", async () => {
  const two = await Edge.start({ deployments: 2, oneConfig: true });
  try {
    const [here, there] = [two.deployment(0), two.deployment(1)];
    const files = shopConfig();
    const [browser] = files["sources.json"].sources;
    await here.publish(files);
    assert.equal((await there.send({ writeKey: "demo", batch: [track()] })).status, 200);
    files["sources.json"].sources.push({ ...browser, id: "new", name: "New", writeKey: "new" });
    await here.publish(files);
    assert.equal((await there.send({ writeKey: "new", batch: [track()] })).status, 200);
    assert.equal((await there.send({ writeKey: "wrong", batch: [track()] })).status, 401);
  } finally {
    await two.close();
  }
});

test("analytics.js is told to send here, and that there is nothing to load", async () => {
  const response = await edge.fetch("/v1/projects/demo/settings", { headers: { origin: BLOG } });
  assert.equal(response.status, 200);
  assert.deepEqual(origins(response.headers), ["*", null]);
  assert.equal(response.headers.get("cache-control"), "private, max-age=300");
  const settings = await response.json();
  const host = `${new URL(edge.url).host}/v1`;
  const here = { apiKey: "demo", apiHost: host, protocol: "http" };
  assert.deepEqual(settings.integrations, { "Segment.io": here, "Customer.io Data Pipelines": here });
  assert.deepEqual(settings.metrics, { sampleRate: 0, host });
});

test("RudderStack's clients are told that their source is on, and that there is nothing to load", async () => {
  const cases = [["/sourceConfig/?p=npm&v=3.34.1&writeKey=demo", {}], ["/sourceConfig?p=android", basic("demo:")]];
  for (const [path, headers] of cases) {
    const response = await edge.fetch(path, { headers: { origin: LISTED, ...headers } });
    assert.equal(response.status, 200);
    assert.deepEqual(origins(response.headers), [LISTED, "true"]);
    const { source } = await response.json();
    assert.deepEqual([source.id, source.name, source.enabled, source.destinations], ["shop", "Shop website", true, []]);
    assert.equal(source.config.statsCollection.errors.enabled, false);
  }
});

test("without a key that is known there are no settings, and the page can read why", async () => {
  for (const path of ["/v1/projects/wrong/settings", "/sourceConfig?writeKey=wrong", "/sourceConfig"]) {
    const response = await edge.fetch(path, { headers: { origin: BLOG } });
    assert.equal(response.status, 401, path);
    assert.equal((await response.json()).code, "invalid_write_key");
    assert.deepEqual(origins(response.headers), ["*", null]);
    assert.equal(response.headers.get("cache-control"), "no-store");
  }
});

test("what clients measure about themselves is counted and dropped", async () => {
  const { clientMetrics, events } = await edge.usage();
  const body = { series: [{ type: "Counter", metric: "analytics_js.invoke", value: 1, tags: {} }] };
  for (const path of ["/v1/m", "/rsaMetrics"]) {
    const { status, answer, headers } = await edge.send(body, { path, headers: { origin: BLOG } });
    assert.deepEqual([status, answer], [200, { success: true }]);
    assert.deepEqual(origins(headers), ["*", null]);
  }
  const now = await edge.usage();
  assert.deepEqual([now.clientMetrics - clientMetrics, now.events - events], [2, 0]);
});

test("RudderStack's merge names two people and proves nothing: it is refused by name", async () => {
  const mergeProperties = [{ type: "email", value: "a@example.com" }, { type: "phone", value: "+491234567" }];
  const { status, answer } = await edge.send({ type: "merge", mergeProperties, userId: "u", writeKey: "demo-server" }, { path: "/v1/merge" });
  assert.equal(status, 200);
  assert.deepEqual([answer.accepted, answer.rejected, answer.results[0].code], [0, 1, "unknown_type"]);
});

test("a page may send the headers that its client has, also those of a second try", async () => {
  const clients = {
    "analytics.js": "authorization,x-retry-count",
    "RudderStack": "anonymousid,authorization,content-type,rsa-retry-attempt,rsa-since-first-attempt,rsa-recovered,sentat",
    "Customer.io": "authorization,content-type",
    "a later one": "x-not-yet-known",
  };
  for (const [client, asked] of Object.entries(clients)) {
    for (const [path, method] of [["/v1/t", "POST"], ["/v1/batch", "POST"], ["/sourceConfig/", "GET"], ["/v1/m", "POST"]]) {
      const headers = { origin: BLOG, "access-control-request-method": method, "access-control-request-headers": asked };
      const response = await edge.fetch(path, { method: "OPTIONS", headers });
      assert.equal(response.status, 204);
      const allowed = response.headers.get("access-control-allow-headers").split(/,\s*/);
      for (const name of asked.split(",")) assert.ok(allowed.includes(name), `${client}: ${name} at ${path}`);
      assert.ok(response.headers.get("access-control-allow-methods").includes(method));
    }
  }
});

test("each path has its method", async () => {
  const gets = ["/v1/pixel/track", "/pixel/v1/page", "/v1/projects/demo/settings", "/sourceConfig"];
  const posts = ["/v1/t", "/v1/import", "/v1/m", "/rsaMetrics", "/beacon/v1/batch", "/v1/merge"];
  for (const [paths, method] of [[gets, "POST"], [posts, "GET"]]) {
    for (const path of paths) assert.equal((await edge.fetch(path, { method })).status, 405, `${method} ${path}`);
  }
  for (const path of ["/v1/projects/demo", "/pixel/v2/track", "/beacon/v1/track"]) {
    assert.equal((await edge.fetch(path)).status, 404, path);
  }
});
