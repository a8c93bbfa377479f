// What the edge takes in, and what it says about the rest: no request breaks it, no event is lost without a word.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Device, Edge, USER_AGENT, identityToken, shopConfig, until } from "../harness/edge.mjs";

const LISTED = "https://shop.example";
const UNLISTED = "https://blog.example";
const EVENT_BYTES = 32 * 1024;
const BODY_BYTES = 500 * 1024;

let edge;
before(async () => {
  edge = await Edge.start();
  const files = shopConfig();
  files["sources.json"].sources[0].origins = [LISTED];
  await edge.publish(files);
});
after(() => edge.close());

const track = (more = {}) => ({
  type: "track",
  event: "Product Viewed",
  anonymousId: randomUUID(),
  messageId: randomUUID(),
  ...more,
});
const batch = (events, more = {}) => ({ writeKey: "demo", batch: events, ...more });
const counts = ({ accepted, duplicate, rejected }) => ({ accepted, duplicate, rejected });
const all = (outcome, n) => ({ accepted: 0, duplicate: 0, rejected: 0, [outcome]: n });
const basic = (text) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });

async function assertStillServing() {
  const { status, answer } = await edge.send(batch([track()]));
  assert.equal(status, 200);
  assert.deepEqual(counts(answer), all("accepted", 1));
}

test("a bad event does not spoil the good ones beside it, and each says what was wrong", async () => {
  const anonymousId = randomUUID();
  const good = () => track({ anonymousId });
  const cases = [
    [good(), null],
    [track({ anonymousId, type: "purchase" }), "unknown_type"],
    [track({ anonymousId, type: undefined }), "unknown_type"],
    [track({ anonymousId, type: 5 }), "unknown_type"],
    [track({ anonymousId, event: undefined }), "missing_event_name"],
    [track({ anonymousId, event: "" }), "missing_event_name"],
    [good(), null],
    [track({ anonymousId: undefined }), "no_user_anon_id"],
    [track({ anonymousId: "undefined" }), "no_user_anon_id"],
    [track({ anonymousId, properties: { text: "x".repeat(EVENT_BYTES) } }), "event_too_large"],
    [track({ anonymousId, messageId: "m".repeat(101) }), "invalid_message_id"],
    [track({ anonymousId, messageId: 7 }), "invalid_message_id"],
    [{ type: "group", anonymousId, messageId: randomUUID() }, "missing_group_id"],
    [{ type: "group", anonymousId, groupId: "g".repeat(501), messageId: randomUUID() }, "group_id_too_long"],
    [track({ anonymousId: undefined, userId: "somebody" }), "unproven_user_id"],
    [track({ anonymousId, messageId: "m".repeat(100) }), null],
    ...[5, null, [], "text", true].map((item) => [item, "invalid_event"]),
    [good(), null],
  ];
  const { status, answer } = await edge.send(batch(cases.map(([event]) => event)));
  assert.equal(status, 200);
  assert.equal(answer.success, true);
  assert.deepEqual(counts(answer), { accepted: 4, duplicate: 0, rejected: cases.length - 4 });
  assert.equal(answer.results.length, cases.length);
  for (const [index, [event, code]] of cases.entries()) {
    const result = answer.results[index];
    assert.equal(result.outcome, code ? "rejected" : "accepted", JSON.stringify(result));
    assert.equal(result.code ?? null, code, JSON.stringify(event)?.slice(0, 200));
    if (code) assert.ok(result.message.length > 10, "a developer reads what to do");
    if (code !== "invalid_event" && code !== "invalid_message_id") assert.equal(result.messageId, event.messageId);
  }
  const stored = (await edge.timeline(`anonymous_id:${anonymousId}`)).map((event) => event.messageId);
  const taken = cases.filter(([, code]) => code === null).map(([event]) => event.messageId);
  assert.deepEqual(stored.sort(), taken.sort());
});

test("an event of 32 KB is taken, one byte more is not", async () => {
  const sized = (bytes) => {
    const event = track({ properties: { text: "" } });
    event.properties.text = "x".repeat(bytes - JSON.stringify(event).length);
    return event;
  };
  const { answer } = await edge.send(batch([sized(EVENT_BYTES), sized(EVENT_BYTES + 1)]));
  assert.deepEqual(answer.results.map((result) => result.code ?? result.outcome), ["accepted", "event_too_large"]);
});

test("what the batch says for all counts towards the size of each event", async () => {
  const { answer } = await edge.send(batch([track(), track()], { context: { text: "x".repeat(EVENT_BYTES) } }));
  assert.deepEqual(answer.results?.map((result) => result.code), ["event_too_large", "event_too_large"]);
});

test("accepted + duplicate + rejected is what was received, whatever is sent", async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  console.log(`seed ${seed} (SEED=${seed} repeats this run)`);
  const random = randomNumbers(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const person = randomUUID();
  const known = new Set();
  const fresh = () => `${seed}-${known.size}-${Math.floor(random() * 1e9)}`;
  const good = () => track({ anonymousId: person, messageId: random() < 0.3 && known.size ? pick([...known]) : fresh() });
  const bad = () => pick([5, null, "x", [], {}, track({ type: "?" }), track({ event: null }), track({ anonymousId: 0 })]);
  for (let round = 0; round < 30; round += 1) {
    const events = Array.from({ length: 1 + Math.floor(random() * 15) }, () => (random() < 0.7 ? good() : bad()));
    const expected = events.map((event) => {
      if (event?.anonymousId !== person) return "rejected";
      if (known.has(event.messageId)) return "duplicate";
      known.add(event.messageId);
      return "accepted";
    });
    const { status, answer } = await edge.send(batch(events), { headers: { "x-selvedge-results": "1" } });
    const context = `seed ${seed}, round ${round}`;
    assert.equal(status, 200, context);
    assert.deepEqual(answer.results.map((result) => result.outcome), expected, context);
    for (const outcome of ["accepted", "duplicate", "rejected"]) {
      assert.equal(answer[outcome], expected.filter((one) => one === outcome).length, context);
    }
    assert.equal(answer.accepted + answer.duplicate + answer.rejected, events.length, context);
  }
  const stored = (await edge.timeline(`anonymous_id:${person}`)).map((event) => event.messageId);
  assert.deepEqual(stored.sort(), [...known].sort());
});

/** Mulberry32. */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("when all is well, results come only if they are asked for", async () => {
  const event = track();
  assert.equal((await edge.send(batch([event]))).answer.results, undefined);
  for (const [headers, path] of [[{ "x-selvedge-results": "1" }, "/v1/batch"], [{}, "/v1/batch?results=1"]]) {
    const { answer } = await edge.send(batch([event]), { headers, path });
    assert.deepEqual(answer.results, [{ messageId: event.messageId, outcome: "duplicate" }]);
  }
});

test("a body that is no batch is refused with the reason, and the next request works", async () => {
  const event = JSON.stringify(track());
  const deep = `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`;
  const bodies = {
    "malformed JSON": `{"writeKey":"demo","batch":[${event},]}`,
    "truncated JSON": JSON.stringify(batch([track()])).slice(0, -5),
    "not UTF-8": Buffer.concat([Buffer.from('{"writeKey":"demo","batch":["'), Buffer.from([0xff, 0xfe]), Buffer.from('"]}')]),
    "an empty body": "",
    "an empty array": "[]",
    "an array of events": `[${event}]`,
    "a number": "7",
    null: "null",
    "no batch": '{"writeKey":"demo"}',
    "a batch that is no array": '{"writeKey":"demo","batch":{}}',
    "10,000 levels": `{"writeKey":"demo","context":${deep},"batch":[${event}]}`,
    "the same key twice": `{"writeKey":"demo","batch":[${event}],"batch":[]}`,
    "a number without end": `{"writeKey":"demo","sentAt":1e999,"batch":[${event}]}`,
  };
  for (const [name, body] of Object.entries(bodies)) {
    const { status, answer } = await edge.send(body);
    assert.equal(status, 400, `${name}: ${JSON.stringify(answer)}`);
    assert.equal(answer.success, false, name);
    assert.equal(answer.code, "invalid_request", name);
    assert.ok(answer.message.length > 5, name);
    await assertStillServing();
  }
});

test("an array in the order of a batch's fields is no batch", async () => {
  const { status, answer } = await edge.send(["demo", null, null, null, [track()]]);
  assert.equal(status, 400, JSON.stringify(answer));
});

test("an event that can't be read is refused alone, and odd ones that can are taken", async () => {
  const anonymousId = randomUUID();
  const raw = (fields) => `{"type":"track","event":"Odd","anonymousId":"${anonymousId}",${fields}}`;
  const keys = Array.from({ length: 10_000 }, (_, n) => `"k${n}":0`).join();
  const cases = [
    [raw(`"properties":${"[".repeat(10_000)}${"]".repeat(10_000)}`), "invalid_event"],
    [raw('"properties":{"price":1e999}'), "invalid_event"],
    [raw('"properties":{"text":"\\ud800"}'), "invalid_event"],
    [raw(`"properties":{${keys}}`), "event_too_large"],
    [raw('"properties":{"price":1e308,"quantity":123456789012345678901234567890}'), undefined],
    [raw('"properties":{"price":1,"price":2}'), undefined],
    [raw('"properties":{"text":"\\u0000"}'), undefined],
    [raw('"properties":7'), undefined],
  ];
  const text = `{"writeKey":"demo","unknown":{${keys}},"batch":[${cases.map(([event]) => event).join()}]}`;
  const { status, answer } = await edge.send(text);
  assert.equal(status, 200);
  assert.deepEqual(answer.results.map((result) => result.code), cases.map(([, code]) => code));
  assert.equal((await edge.timeline(`anonymous_id:${anonymousId}`)).length, 4);
  await assertStillServing();
});

test("the write key is found in the header, with or without a colon, or in the body", async () => {
  const without = { batch: [track()] };
  for (const headers of [basic("demo:"), basic("demo"), basic("demo:password")]) {
    assert.equal((await edge.send(without, { headers })).status, 200, JSON.stringify(headers));
  }
  assert.equal((await edge.send(batch([track()]))).status, 200);
  assert.equal((await edge.send(batch([track()], { writeKey: "wrong" }), { headers: basic("demo:") })).status, 200);
});

test("without a key, or with a wrong one, nothing is taken", async () => {
  const anonymousId = randomUUID();
  const one = [track({ anonymousId })];
  const refused = [
    await edge.send({ batch: one }),
    await edge.send(batch(one, { writeKey: "wrong" })),
    await edge.send(batch(one, { writeKey: "" })),
    await edge.send({ batch: one }, { headers: basic("wrong:") }),
    await edge.send({ batch: one }, { headers: { authorization: "Basic !" } }),
  ];
  for (const { status, answer } of refused) {
    assert.equal(status, 401);
    assert.equal(answer.success, false);
    assert.equal(answer.code, "invalid_write_key");
  }
  assert.equal(await edge.profile(`anonymous_id:${anonymousId}`), null);
});

/**
 * Posts bytes over a connection of its own. The edge hangs up on what it will not read, and then its answer can be lost
 * on the way, as on any HTTP/1.1 connection: that is asked again.
 */
function post(bytes, { streamed = false, headers = {} } = {}) {
  const length = streamed ? { "transfer-encoding": "chunked" } : { "content-length": bytes.length };
  const options = { method: "POST", agent: false, headers: { "user-agent": USER_AGENT, ...length, ...headers } };
  const once = () =>
    new Promise((done, fail) => {
      const sent = request(new URL("/v1/batch", edge.url), options, (response) => {
        const { statusCode: status, headers } = response;
        response.toArray().then((chunks) => done({ status, headers, answer: JSON.parse(Buffer.concat(chunks)) }), fail);
      });
      sent.on("error", fail);
      for (let at = 0; at < bytes.length; at += 65_536) sent.write(bytes.subarray(at, at + 65_536));
      sent.end();
    });
  const lost = (error) => assert.ok(["EPIPE", "ECONNRESET"].includes(error.code), error);
  return until("an answer to a large body", () => once().catch(lost));
}

test("a body of 500 KB is taken, one byte more is not, declared or streamed", async () => {
  const padded = (bytes) => Buffer.from(JSON.stringify(batch([track()])).padEnd(bytes, " "));
  for (const streamed of [false, true]) {
    assert.equal((await post(padded(BODY_BYTES), { streamed })).status, 200);
    for (const bytes of [BODY_BYTES + 1, BODY_BYTES * 2]) {
      const { status, answer } = await post(padded(bytes), { streamed });
      assert.equal(status, 400);
      assert.equal(answer.code, "payload_too_large");
      assert.equal(answer.success, false);
    }
  }
  await assertStillServing();
});

test("2,500 events are a batch, 2,501 are not", async () => {
  const empty = (n) => batch(Array.from({ length: n }, () => ({})));
  assert.deepEqual(counts((await edge.send(empty(2_500))).answer), all("rejected", 2_500));
  const { status, answer } = await edge.send(empty(2_501));
  assert.equal(status, 200);
  assert.deepEqual(counts(answer), all("rejected", 2_501));
  assert.equal(answer.code, "too_many_events");
  assert.match(answer.message, /2500.*2501/);
  assert.equal((await edge.send({ ...empty(2_501), writeKey: "wrong" })).status, 401);
});

test("gzip is understood, labelled or not", async () => {
  for (const headers of [{ "content-encoding": "gzip" }, {}]) {
    const { status, answer } = await edge.send(gzipSync(JSON.stringify(batch([track()]))), { headers });
    assert.equal(status, 200);
    assert.equal(answer.accepted, 1);
  }
});

test("broken gzip is a bad request, and a gzip bomb is too large", async () => {
  const whole = gzipSync(JSON.stringify(batch([track({ properties: { text: randomUUID().repeat(20) } })])));
  const flipped = Buffer.from(whole).fill(0x55, 20, 60);
  for (const body of [whole.subarray(0, whole.length / 2), flipped, Buffer.from([0x1f, 0x8b])]) {
    const { status, answer } = await edge.send(body, { headers: { "content-encoding": "gzip" } });
    assert.equal(status, 400);
    assert.equal(answer.code, "invalid_request");
  }
  const bomb = gzipSync(Buffer.alloc(60 * 1024 * 1024, " "));
  assert.ok(bomb.length < BODY_BYTES / 5);
  const { status, answer } = await edge.send(bomb);
  assert.equal(status, 400);
  assert.equal(answer.code, "payload_too_large");
  await assertStillServing();
});

test("the body is JSON whatever its label says", async () => {
  for (const type of ["text/plain;charset=UTF-8", "application/json", "application/x-www-form-urlencoded"]) {
    const { answer } = await edge.send(batch([track()]), { headers: { "content-type": type } });
    assert.deepEqual(counts(answer), all("accepted", 1), type);
  }
});

test("each single-call path takes one event of its type", async () => {
  const anonymousId = randomUUID();
  const fields = { track: { event: "X" }, group: { groupId: "g" }, alias: { previousId: "p" } };
  const types = ["track", "identify", "page", "screen", "group", "alias"];
  for (const type of types) {
    const body = { anonymousId, writeKey: "demo", messageId: `${type}-${anonymousId}`, ...fields[type] };
    const { status, answer } = await edge.send(body, { path: `/v1/${type}` });
    assert.equal(status, 200, type);
    assert.deepEqual(counts(answer), all("accepted", 1), type);
  }
  const stored = await edge.timeline(`anonymous_id:${anonymousId}`);
  assert.deepEqual(stored.map((event) => event.type).sort(), [...types].sort());
  const { answer } = await edge.send({ anonymousId, writeKey: "demo" }, { path: "/v1/track" });
  assert.deepEqual(answer.results.map((result) => result.code), ["missing_event_name"]);
  assert.equal((await edge.send({ anonymousId }, { path: "/v1/page", headers: basic("demo:") })).answer.accepted, 1);
  assert.equal((await edge.send({ anonymousId }, { path: "/v1/page" })).status, 401);
});

test("what the batch says for all is on every event, unless the event says otherwise", async () => {
  const anonymousId = randomUUID();
  const shared = { context: { locale: "de-DE", page: { path: "/a" } }, integrations: { All: true, CRM: false } };
  const own = { context: { page: { path: "/b" } }, integrations: { CRM: true } };
  await edge.send(batch([track({ anonymousId, event: "Plain" }), track({ anonymousId, event: "Own", ...own })], shared));
  const events = Object.fromEntries((await edge.timeline(`anonymous_id:${anonymousId}`)).map((e) => [e.event, e]));
  assert.deepEqual(events.Plain.context, shared.context);
  assert.deepEqual(events.Plain.integrations, shared.integrations);
  assert.deepEqual(events.Own.context, { locale: "de-DE", page: { path: "/b" } });
  assert.deepEqual(events.Own.integrations, { All: true, CRM: true });
});

test("a batch may leave the browser's name to the request's header, and nothing else does", async () => {
  const [left, said, silent] = ["left", "said", "silent"].map((name) => ({ anonymousId: `ua-${name}`, context: { left: { userAgent: true }, said: { userAgent: "mine" }, silent: { locale: "de" } }[name] }));
  for (const { anonymousId, context } of [left, said, silent]) {
    const { answer } = await edge.send(batch([track({ anonymousId })], { context }), { headers: { "user-agent": `${USER_AGENT} Own/7` } });
    assert.equal(answer.accepted, 1);
  }
  const contextOf = async ({ anonymousId }) => (await edge.profile(`anonymous_id:${anonymousId}`)).timeline.events[0].context;
  assert.deepEqual(await contextOf(left), { userAgent: `${USER_AGENT} Own/7` });
  assert.deepEqual(await contextOf(said), said.context);
  assert.deepEqual(await contextOf(silent), silent.context);
});

test("write keys and identity tokens are never stored", async () => {
  const anonymousId = randomUUID();
  const tokens = [identityToken("hidden-1"), identityToken("hidden-1"), "not even a token", { no: "text" }];
  const events = tokens.map((identityToken) => track({ anonymousId, writeKey: "demo", context: { identityToken } }));
  await edge.send(batch(events));
  await edge.send(batch([track({ anonymousId })], { context: { identityToken: tokens[0], locale: "de" } }));
  await edge.send({ ...track({ anonymousId }), writeKey: "demo", context: { identityToken: tokens[0] } }, { path: "/v1/track" });
  const stored = await edge.timeline(`anonymous_id:${anonymousId}`);
  assert.equal(stored.length, 6);
  const text = JSON.stringify(await edge.profile(`anonymous_id:${anonymousId}`, "?limit=500"));
  for (const secret of ["writeKey", "identityToken", tokens[0], "not even a token"]) {
    assert.ok(!text.includes(secret), secret);
  }
  assert.ok(stored.some((event) => event.context?.locale === "de"), "the rest of the context stays");
});

test("a messageId counts once: the first one wins, in the same batch or in another", async () => {
  const anonymousId = randomUUID();
  const messageId = randomUUID();
  const nth = (n) => track({ anonymousId, messageId, event: `Event ${n}`, properties: { n } });
  const first = await edge.send(batch([nth(1), nth(2), nth(1)]), { headers: { "x-selvedge-results": "1" } });
  assert.deepEqual(first.answer.results.map((result) => result.outcome), ["accepted", "duplicate", "duplicate"]);
  const again = await edge.send(batch([nth(3)]));
  assert.equal(again.status, 200);
  assert.deepEqual(counts(again.answer), all("duplicate", 1));
  const profile = await edge.profile(`anonymous_id:${anonymousId}`);
  assert.deepEqual(profile.timeline.events.map((event) => event.properties), [{ n: 1 }]);
  assert.equal(profile.computed.events, 1);
});

test("events without a messageId get one each", async () => {
  const anonymousId = randomUUID();
  const plain = track({ anonymousId, messageId: undefined });
  const { answer } = await edge.send(batch([plain, { ...plain, messageId: "" }, { ...plain, messageId: null }]));
  assert.equal(answer.accepted, 3);
  const ids = (await edge.timeline(`anonymous_id:${anonymousId}`)).map((event) => event.messageId);
  assert.equal(new Set(ids.filter(Boolean)).size, 3);
});

test("an id sent as a number is the same id", async () => {
  const send = (ids) => edge.send({ writeKey: "demo-server", batch: [{ type: "track", event: "X", ...ids }] });
  await send({ userId: 420042 });
  await send({ userId: "420042" });
  await send({ anonymousId: 777001, userId: 420042 });
  assert.equal((await edge.timeline("user_id:420042")).length, 3);
  const [byUser, byDevice] = [await edge.profile("user_id:420042"), await edge.profile("anonymous_id:777001")];
  assert.equal(byUser.profileId, byDevice.profileId);
});

const preflight = (origin) => {
  const asked = { "access-control-request-method": "POST", "access-control-request-headers": "content-type,authorization" };
  return edge.fetch("/v1/batch", { method: "OPTIONS", headers: { origin, ...asked } });
};
const cors = (headers) => [headers.get("access-control-allow-origin"), headers.get("access-control-allow-credentials")];
const hasVary = (headers) => /\borigin\b/i.test(headers.get("vary") ?? "");

test("any page may ask, and only a listed one with its cookie", async () => {
  for (const [origin, expected] of [[UNLISTED, ["*", null]], [LISTED, [LISTED, "true"]], [`${LISTED}.evil`, ["*", null]]]) {
    const asked = await preflight(origin);
    assert.equal(asked.status, 204);
    assert.deepEqual(cors(asked.headers), expected, origin);
    assert.match(asked.headers.get("access-control-allow-methods"), /POST/);
    for (const header of ["authorization", "content-type", "content-encoding", "x-selvedge-results"]) {
      assert.ok(asked.headers.get("access-control-allow-headers").includes(header), header);
    }
    const sent = await edge.send(batch([track()]), { headers: { origin } });
    assert.deepEqual(cors(sent.headers), expected, origin);
    assert.ok(hasVary(asked.headers) && hasVary(sent.headers));
  }
});

test("a page on another origin can read errors too", async () => {
  const headers = { origin: UNLISTED };
  for (const [status, body] of Object.entries({ 400: "{", 401: batch([], { writeKey: "wrong" }) })) {
    const sent = await edge.send(body, { headers });
    assert.equal(sent.status, Number(status));
    assert.deepEqual(cors(sent.headers), ["*", null], status);
  }
  const tooLarge = await post(Buffer.alloc(BODY_BYTES + 1, " "), { headers });
  assert.equal(tooLarge.status, 400);
  assert.equal(tooLarge.headers["access-control-allow-origin"], "*");
});

test("a listed page that sends its cookie can read errors too", async () => {
  // A browser hides a `*` answer from a request with credentials; the page would take it for an outage and retry.
  for (const body of ["{", batch([], { writeKey: "wrong" })]) {
    const { headers } = await edge.send(body, { headers: { origin: LISTED } });
    assert.deepEqual(cors(headers), [LISTED, "true"]);
  }
});

test("a page on another origin may read when to try again", async () => {
  const { headers } = await edge.send("{", { headers: { origin: UNLISTED } });
  assert.match(headers.get("access-control-expose-headers") ?? "", /retry-after/i);
});

test("a wrong method is 405 and an unknown path 404, as JSON", async () => {
  const cases = [["GET", "/v1/batch", 405], ["DELETE", "/v1/track", 405], ["POST", "/v1/config", 405]];
  cases.push(["POST", "/v1/imports", 404], ["GET", "/", 404], ["GET", "/v1/batch/", 404], ["POST", "/tag.js", 404]);
  for (const [method, path, status] of cases) {
    const response = await edge.fetch(path, { method });
    assert.equal(response.status, status, `${method} ${path}`);
    const answer = await response.json();
    assert.equal(answer.success, false);
    assert.equal(answer.code, status === 405 ? "method_not_allowed" : "not_found");
  }
});

test("the device cookie is out of reach of scripts and other sites, and comes once", async () => {
  const device = new Device(edge);
  const event = { ...track(), anonymousId: device.anonymousId };
  const first = await edge.send(batch([event]));
  const [pair, ...attributes] = first.headers.get("set-cookie").split(/;\s*/);
  assert.match(pair, /^selvedge_device=[\w.-]+$/);
  const maxAge = 400 * 24 * 60 * 60;
  // `Secure` would keep the cookie from a shop on plain http, such as this one.
  assert.deepEqual(attributes.sort(), ["HttpOnly", `Max-Age=${maxAge}`, "Path=/", "SameSite=Lax"]);
  const next = await edge.send(batch([{ ...event, messageId: randomUUID() }]), { headers: { cookie: `a=b; ${pair}; c=d` } });
  assert.equal(next.headers.get("set-cookie"), null);
  const server = await edge.send({ writeKey: "demo-server", batch: [track()] });
  assert.equal(server.headers.get("set-cookie"), null);
});

test("answers about a visitor are never cached", async () => {
  for (const body of [batch([track()]), "{"]) {
    assert.equal((await edge.send(body)).headers.get("cache-control"), "no-store");
  }
});

test("the one-letter paths of analytics.js are the same paths", async () => {
  const userId = `letters-${randomUUID()}`;
  const events = {
    t: { event: "Clicked" },
    p: { name: "Home" },
    i: { traits: { plan: "pro" } },
    g: { groupId: "acme" },
    a: { previousId: "old" },
    s: { name: "Start" },
  };
  for (const [letter, event] of Object.entries(events)) {
    const { status, answer } = await edge.send({ ...event, userId, writeKey: "demo-server" }, { path: `/v1/${letter}` });
    assert.deepEqual([status, answer.accepted], [200, 1], letter);
  }
  for (const path of ["/v1/b", "/v1/import"]) {
    const batch = [{ type: "track", event: "Batched", userId }];
    assert.equal((await edge.send({ batch, writeKey: "demo-server" }, { path })).answer.accepted, 1, path);
  }
  const kinds = (await edge.timeline(`user_id:${userId}`)).map((event) => event.type).sort();
  assert.deepEqual(kinds, ["alias", "group", "identify", "page", "screen", "track", "track", "track"]);
});
