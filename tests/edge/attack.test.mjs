// What somebody would try who means harm: paths, cookies, headers, names, other people's ids, and rights that nobody gave them.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { ADMIN_KEY, Device, Edge, identityToken, shopConfig } from "../harness/edge.mjs";

const EVIL = "https://evil.example";
let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  const { "sources.json": sources } = shopConfig();
  await edge.publish({
    "sources.json": sources,
    "placements.json": { placements: [{ id: "hero", name: "Hero" }] },
    "segments/gold.json": { id: "gold", name: "", rule: { traits: { tier: "gold" } } },
    "offers/gold.json": { id: "gold", name: "", placement: "hero", audience: "gold", content: { type: "html", html: "for {{ traits.name }}" } },
  });
});
after(() => edge.close());

/** One request as its bytes are, for what no client would write. Gives the status line and the headers. */
function raw(lines) {
  const { hostname, port } = new URL(edge.url);
  return new Promise((done, fail) => {
    let said = "";
    const socket = connect(port, hostname, () => socket.write(`${lines.join("\r\n")}\r\n\r\n`));
    socket.on("data", (bytes) => {
      said += bytes;
      if (said.includes("\r\n\r\n")) socket.end();
    });
    socket.on("close", () => done(said));
    socket.on("error", fail);
  });
}
const head = () => [`Host: ${new URL(edge.url).host}`, "Connection: close"];

/** Somebody with a login and something to lose. */
async function victim() {
  const device = new Device(edge);
  const userId = `victim-${randomUUID()}`;
  await device.identify(userId, { tier: "gold", name: "Ada" });
  return { device, userId };
}

test("no way of writing a path opens what needs a key", async () => {
  const tricks = [
    "/v1/keys", "//v1/keys", "/v1//keys", "/v1/./keys", "/v1/x/../keys", "/v1/%6beys", "/v1/keys/", "/v1/keys?", "/V1/KEYS", "/v1/keys;x", "/v1/keys%00", "/v1/keys%2f",
    "/v1\\keys", "/tag/../v1/keys", "/tag/%2e%2e/v1/keys", "/console/../v1/keys", "/v1/health/../keys", "/v1/profiles/..%2f..%2fkeys", "/v1/profiles/user_id:a/../../keys",
    "/.well-known/../v1/keys", "/v1/audit", "/v1/config", "/v1/archive/file?key=../../x",
  ];
  for (const path of tricks) {
    const [status] = (await raw([`GET ${path} HTTP/1.1`, ...head()])).split("\r\n");
    assert.match(status, / (400|401|404|405) /, `${path}: ${status}`);
  }
});

test("no header makes somebody an admin, and none of theirs comes back", async () => {
  const tries = [
    { authorization: ADMIN_KEY }, { authorization: `Basic ${Buffer.from(`${ADMIN_KEY}:`).toString("base64")}` }, { authorization: `bearer ${ADMIN_KEY}x` },
    { "x-forwarded-user": "admin" }, { "cf-access-authenticated-user-email": "admin@shop.example" }, { "x-original-url": "/v1/health" }, { "x-http-method-override": "GET" },
    { cookie: "selvedge_console=eyJ2IjoxfQ.AAAA" }, { cookie: `selvedge_console=${"x".repeat(6_000)}` }, { origin: EVIL, "x-injected": "a" },
  ];
  for (const headers of tries) {
    const response = await edge.fetch("/v1/keys", { headers });
    assert.equal(response.status, 401, JSON.stringify(headers));
    assert.equal(response.headers.get("access-control-allow-origin"), null);
  }
  const split = await raw(["GET /v1/projects/a%0d%0aset-cookie:%20x=y/settings HTTP/1.1", `Origin: ${EVIL}`, ...head()]);
  assert.match(split, /^HTTP\/1.1 4\d\d /);
  assert.doesNotMatch(split, /\nset-cookie:/i);
});

test("another visitor's anonymous id, however it is sent, shows nothing of theirs and changes nothing", async () => {
  const { device, userId } = await victim();
  const own = await device.send([{ type: "page" }], ["hero"]);
  assert.equal(own.decisions[0].content.html, "for Ada");
  const stolen = device.anonymousId;
  const forged = [
    {}, { cookie: "selvedge_device=eyJ2IjoxfQ.AAAA" }, { cookie: device.cookie.slice(0, -2) }, { cookie: device.cookie.toUpperCase() },
    { cookie: `selvedge_device=; ${"selvedge_device=x; ".repeat(300)}` }, { cookie: `x=${device.cookie}` }, { cookie: new Array(50).fill("selvedge_device=a.b").join("; ") },
  ];
  for (const headers of forged) {
    const body = {
      writeKey: "demo", anonymousId: stolen, decide: { placements: ["hero"] },
      batch: [{ type: "identify", anonymousId: stolen, userId, traits: { name: "Mallory", tier: "none" }, messageId: randomUUID() }],
    };
    const { status, headers: answered, answer } = await edge.send(body, { headers });
    assert.equal(status, 200, JSON.stringify(headers));
    assert.equal(answer.device, "unbound");
    assert.equal(answer.decisions[0].offer, null);
    assert.equal(answered.get("set-cookie"), null);
    assert.ok(!JSON.stringify(answer).includes("Ada"));
  }
  // Whoever slips cookies in before the visitor's own takes nothing from them either.
  const body = { writeKey: "demo", anonymousId: stolen, decide: { placements: ["hero"] }, batch: [{ type: "page", anonymousId: stolen, messageId: randomUUID() }] };
  const { answer } = await edge.send(body, { headers: { cookie: `selvedge_device=eyJ2IjoxfQ.AAAA; selvedge_device=; ${device.cookie}; selvedge_device=a.b` } });
  assert.equal(answer.decisions[0].content.html, "for Ada");
  const { traits } = await edge.profile(`user_id:${userId}`);
  assert.deepEqual([traits.name, traits.tier], ["Ada", "gold"]);
});

test("what stands in a page's address identifies nobody", async () => {
  const { userId } = await victim();
  const device = new Device(edge);
  const search = `?ajs_uid=${userId}&ajs_aid=${randomUUID()}&ajs_trait_tier=gold&user_id=${userId}`;
  const page = { url: `https://shop.example/${search}`, search, path: "/", referrer: `https://shop.example/${search}` };
  const answer = await device.send([{ type: "page", context: { page }, properties: page }], ["hero"]);
  assert.equal(answer.decisions[0].offer, null);
  const profile = await edge.profile(`anonymous_id:${device.anonymousId}`);
  assert.deepEqual(profile.identifiers.map((id) => id.value), [device.anonymousId]);
  assert.equal(profile.traits.tier, undefined);
});

test("a token that is used again is good for its user alone, and for nobody once it is over", async () => {
  const { userId } = await victim();
  const other = new Device(edge);
  const token = identityToken(userId);
  other.userId = `other-${randomUUID()}`;
  await other.send([{ type: "identify", traits: { name: "Mallory" }, context: { identityToken: token } }]);
  const over = new Device(edge);
  over.userId = userId;
  await over.send([{ type: "identify", traits: { name: "Mallory" }, context: { identityToken: identityToken(userId, { expiresIn: -3_600 }) } }]);
  const profile = await edge.profile(`user_id:${userId}`);
  assert.equal(profile.traits.name, "Ada");
  assert.ok(!profile.identifiers.some((id) => [other.anonymousId, over.anonymousId].includes(id.value)));
});

/**
 * Whether the times of one kind differ from those of the other: the Mann-Whitney test's z. Beyond 5 either way is one chance in a
 * million where they don't, however busy the machine is, since the two are asked in turns.
 */
function differ(ones, others) {
  const all = [...ones.map((took) => [took, 1]), ...others.map((took) => [took, 0])].sort(([a], [b]) => a - b);
  const ranks = all.reduce((sum, [, isOne], rank) => sum + (isOne ? rank + 1 : 0), 0);
  const [n, m] = [ones.length, others.length];
  return (ranks - (n * (n + m + 1)) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
}

test("how long a wrong key takes says nothing of how much of it is right", async () => {
  const { key, made } = await (await edge.admin("/v1/keys", { method: "POST", body: JSON.stringify({ name: "Timed", role: "viewer" }) })).json();
  const other = (letter) => (letter === "x" ? "y" : "x");
  const near = key.slice(0, -1) + other(key.at(-1));
  const far = key.replace(/\w/gu, other);
  const took = { [near]: [], [far]: [] };
  for (let round = 0; round < 300; round += 1) {
    for (const wrong of round % 2 ? [near, far] : [far, near]) {
      const start = performance.now();
      const { status } = await fetch(new URL("/v1/config", edge.url), { headers: { authorization: `Bearer ${wrong}` } });
      took[wrong].push(performance.now() - start);
      assert.equal(status, 401);
    }
  }
  const z = differ(took[near], took[far]);
  assert.ok(Math.abs(z) < 5, `the two differ: z = ${z}`);
  assert.equal((await edge.admin(`/v1/keys/${made.id}`, { method: "DELETE" })).status, 200);
});

test("names that mean something to JavaScript are names like others", async () => {
  const device = new Device(edge);
  const traits = JSON.parse('{"__proto__":{"tier":"gold"},"constructor":{"prototype":{"tier":"gold"}},"toString":"x","hasOwnProperty":"x","name":"Eve"}');
  await device.identify(randomUUID(), traits);
  const { decisions } = await device.send([{ type: "page" }], ["hero"]);
  assert.equal(decisions[0].offer, null, "nobody became gold");
  const shown = (await edge.profile(`anonymous_id:${device.anonymousId}`)).traits;
  assert.deepEqual([Object.hasOwn(shown, "toString"), shown.name, {}.tier], [true, "Eve", undefined]);
});

test("ids that look alike are as alike as Unicode says, and no separator makes one of two", async () => {
  const { userId } = await victim();
  const alike = [`${userId}\u200b`, `\u202e${userId}`, userId.replace("v", "\u0475"), `${userId}\u0000`, `user_id:${userId}`, `${userId}/export`, `${userId}?about=1`, `${userId}%00`, `../${userId}`];
  for (const name of alike) {
    const device = new Device(edge);
    await device.identify(name, {}, { token: identityToken(name) });
    const { decisions } = await device.send([{ type: "page" }], ["hero"]);
    assert.equal(decisions[0].offer, null, JSON.stringify(name));
  }
  assert.equal((await edge.profile(`user_id:${userId}`)).identifiers.filter((id) => id.namespace === "user_id").length, 1);
  // No client can write the namespaces that are ours.
  const device = new Device(edge);
  for (const type of ["id", "_account", "_shared", "user_id\u0000", "USER_ID", "user_id:x", "group_id"]) {
    await device.send([{ type: "track", event: "x", context: { externalIds: [{ id: userId, type, collection: "users", encoding: "none" }] } }]);
  }
  assert.deepEqual((await edge.profile(`anonymous_id:${device.anonymousId}`)).identifiers.map((id) => id.namespace), ["anonymous_id"]);
});

test("nobody is let in by asking for another protocol", async () => {
  const upgrade = ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", `Origin: ${EVIL}`];
  for (const path of ["/v1/batch", "/v1/keys", "/console", "/"]) {
    const [status] = (await raw([`GET ${path} HTTP/1.1`, ...head().slice(0, 1), "Connection: Upgrade", ...upgrade])).split("\r\n");
    assert.doesNotMatch(status, / 101 /, path);
  }
});

test("fields that nobody may set are refused, and change nothing", async () => {
  const tries = [
    ["POST", "/v1/keys", { name: "x", role: "viewer", id: "mine" }], ["POST", "/v1/keys", { name: "x", role: "root" }], ["POST", "/v1/keys", { name: "x", role: ["admin"] }],
    ["POST", "/v1/session", { key: ADMIN_KEY, role: "admin" }], ["PUT", "/v1/config", { files: {}, version: 99 }], ["PUT", "/v1/config", { files: { "secrets.json": {} } }],
  ];
  const listed = async () => (await (await edge.admin("/v1/keys")).json()).keys;
  const before = await listed();
  for (const [method, path, body] of tries) {
    const { status } = await edge.admin(path, { method, body: JSON.stringify(body) });
    assert.ok(status === 400 || status === 422, `${method} ${path} ${JSON.stringify(body)}: ${status}`);
  }
  assert.deepEqual(await listed(), before);
});
