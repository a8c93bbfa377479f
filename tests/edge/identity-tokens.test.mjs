// Signed identity: which tokens prove a user, under which keys and modes; and what is made of those that prove nothing.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac, createPrivateKey, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { identityToken as byNode } from "../../examples/signed-identity/node.mjs";
import { Device, Edge, shopConfig } from "../harness/edge.mjs";

const run = promisify(execFile);
const examples = resolve(import.meta.dirname, "../../examples/signed-identity");

const SECRETS = { OLD: "old-secret", NEW: "new-secret" };
const pem = ({ publicKey }) => publicKey.export({ type: "spki", format: "pem" });
const EC = generateKeyPairSync("ec", { namedCurve: "P-256" });
const EC_OTHER = generateKeyPairSync("ec", { namedCurve: "P-256" });
const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 });

let edge;
before(async () => {
  edge = await Edge.start({ config: false, bindings: SECRETS });
  const { "sources.json": { sources } } = shopConfig();
  const source = (id, identity) => ({ ...sources[0], id, writeKey: id, identity });
  const keys = [
    { id: "old", algorithm: "HS256", secret: "OLD" }, { id: "new", algorithm: "HS256", secret: "NEW" },
    { id: "ec", algorithm: "ES256", publicKey: pem(EC) }, { algorithm: "RS256", publicKey: pem(RSA) },
  ];
  await edge.publish({
    "sources.json": { sources: [
      source("keys", { mode: "required", keys }), source("old-only", { mode: "signed", secret: "OLD" }),
      source("hmac", { mode: "signed", keys: [{ algorithm: "HMAC", secret: "OLD" }] }),
      source("present", { mode: "when_present", secret: "OLD" }), source("off", { mode: "off" }),
      source("unset", { mode: "signed", secret: "NOT_SET" }),
    ] },
    "placements.json": { placements: [{ id: "hero", name: "Hero" }] },
    "segments/gold.json": { id: "gold", name: "", rule: { traits: { tier: "gold" } } },
    "offers/gold.json": { id: "gold", name: "", placement: "hero", audience: "gold", content: { type: "html", html: "gold" } },
  });
});
after(() => edge.close());

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

/** A JWT with whatever header and claims, signed by `by(text)`. */
function jwt(header, claims, by) {
  const text = `${part({ typ: "JWT", ...header })}.${part({ exp: inAnHour(), ...claims })}`;
  return `${text}.${Buffer.from(by(text)).toString("base64url")}`;
}
const hs256 = (secret) => (text) => createHmac("sha256", secret).update(text).digest();
const es256 = ({ privateKey }) => (text) => sign("sha256", Buffer.from(text), { key: createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" })), dsaEncoding: "ieee-p1363" });
const rs256 = ({ privateKey }) => (text) => sign("sha256", Buffer.from(text), privateKey);

/** A new device says that it is `userId`. Gives what it was told, and whether it was believed. */
async function login(writeKey, userId, token, { device = new Device(edge), traits } = {}) {
  const event = { type: "identify", messageId: randomUUID(), anonymousId: device.anonymousId, userId, traits, context: token ? { identityToken: token } : undefined };
  const body = { writeKey, anonymousId: device.anonymousId, batch: [event], decide: { placements: ["hero"] } };
  const { status, headers, answer } = await edge.send(body, { headers: { "x-selvedge-results": "1", ...(device.cookie && { cookie: device.cookie }) } });
  assert.equal(status, 200);
  device.cookie = headers.get("set-cookie")?.split(";")[0] ?? device.cookie;
  const profile = userId && (await edge.profile(`user_id:${userId}`));
  return { answer, device, warning: answer.results?.[0].warning, believed: profile != null && profile.identifiers.some((id) => id.value === device.anonymousId) };
}

test("each algorithm proves the user under its own key, with or without the key's name", async () => {
  const good = [
    ["HS256, the older key", { alg: "HS256", kid: "old" }, hs256(SECRETS.OLD)], ["HS256, the newer key", { alg: "HS256", kid: "new" }, hs256(SECRETS.NEW)],
    ["HS256, without a name", { alg: "HS256" }, hs256(SECRETS.NEW)], ["ES256", { alg: "ES256", kid: "ec" }, es256(EC)],
    ["ES256, without a name", { alg: "ES256" }, es256(EC)], ["RS256, by a name that no key has", { alg: "RS256", kid: "2026-11" }, rs256(RSA)],
  ];
  for (const [what, header, by] of good) {
    const userId = randomUUID();
    const { believed, warning } = await login("keys", userId, jwt(header, { sub: userId }, by));
    assert.deepEqual([believed, warning], [true, undefined], what);
  }
});

test("what is not signed with a key of the source proves nothing, whatever its header says", async () => {
  const bad = [
    ["another's secret", { alg: "HS256" }, hs256("other")], ["another key's name", { alg: "HS256", kid: "old" }, hs256(SECRETS.NEW)],
    ["another pair", { alg: "ES256", kid: "ec" }, es256(EC_OTHER)], ["none", { alg: "none" }, () => ""],
    ["the public key as a secret", { alg: "HS256", kid: "ec" }, hs256(pem(EC))], ["the public key as a secret, without a name", { alg: "HS256" }, hs256(pem(RSA))],
    ["an algorithm that no key has", { alg: "HS512" }, (text) => createHmac("sha512", SECRETS.OLD).update(text).digest()],
    ["a signature that is cut off", { alg: "ES256" }, (text) => es256(EC)(text).subarray(1)], ["no signature", { alg: "RS256" }, () => ""],
    ["RSA by the curve's name", { alg: "ES256" }, rs256(RSA)],
  ];
  for (const [what, header, by] of bad) {
    const userId = randomUUID();
    const { believed, warning } = await login("keys", userId, jwt(header, { sub: userId }, by));
    assert.equal(believed, false, what);
    assert.match(warning, /^identity_token_invalid: /, what);
  }
});

test("a token that is over, not yet valid, without an end, or somebody else's proves nothing", async () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { over: { exp: now - 3600 }, "no end": { exp: undefined }, early: { nbf: now + 3600 }, "somebody else's": { sub: "somebody-else" }, nobody: { sub: undefined } };
  for (const [what, more] of Object.entries(claims)) {
    const userId = randomUUID();
    const { believed, warning } = await login("keys", userId, jwt({ alg: "ES256" }, { sub: userId, ...more }, es256(EC)));
    assert.equal(believed, false, what);
    assert.match(warning, /^identity_token_invalid: /, what);
  }
  const userId = randomUUID();
  const nbf = jwt({ alg: "HS256" }, { sub: userId, nbf: now - 10 }, hs256(SECRETS.OLD));
  assert.equal((await login("keys", userId, nbf)).believed, true);
});

test("an address is the person's where the token names it, and a claim where only the event does", async () => {
  for (const [named, state] of [[true, "verified"], [false, "claimed"]]) {
    const userId = randomUUID();
    const email = `${userId}@example.com`;
    const token = jwt({ alg: "HS256" }, { sub: userId, ...(named && { email }) }, hs256(SECRETS.OLD));
    assert.equal((await login("keys", userId, token, { traits: { email } })).believed, true);
    const found = await edge.profile(`email:${email}`);
    assert.equal(found !== undefined && found !== null, named, state);
  }
});

test("one token in a batch's own context proves each of its events, and only those of its user", async () => {
  const userId = randomUUID();
  const token = jwt({ alg: "ES256" }, { sub: userId }, es256(EC));
  const devices = Array.from({ length: 3 }, () => new Device(edge));
  const users = [userId, userId, randomUUID()];
  const batch = devices.map(({ anonymousId }, n) => ({ type: "identify", messageId: randomUUID(), anonymousId, userId: users[n] }));
  const { answer } = await edge.send({ writeKey: "keys", context: { identityToken: token }, batch }, { headers: { "x-selvedge-results": "1" } });
  assert.deepEqual(answer.results.map(({ warning }) => warning), [undefined, undefined, "identity_token_invalid: the token names another user"]);
});

test("a key is rotated: both count while both are listed, and the old one no more once it is not", async () => {
  const userId = randomUUID();
  const old = jwt({ alg: "HS256", kid: "old" }, { sub: userId }, hs256(SECRETS.OLD));
  assert.equal((await login("keys", userId, old)).believed, true);
  assert.equal((await login("old-only", randomUUID(), jwt({ alg: "HS256" }, { sub: "x" }, hs256(SECRETS.NEW)))).believed, false);
  assert.equal((await login("old-only", userId, old)).believed, true, "a source of before with one secret ignores names");
});

test("the HMAC of a user id proves that user, where a key is meant for it, and nobody else", async () => {
  const userId = randomUUID();
  const hash = createHmac("sha256", SECRETS.OLD).update(userId).digest("hex");
  assert.equal((await login("hmac", userId, hash)).believed, true);
  assert.equal((await login("hmac", userId, hash.toUpperCase())).believed, true);
  assert.match((await login("hmac", randomUUID(), hash)).warning, /^identity_token_invalid/);
  assert.match((await login("old-only", userId, hash)).warning, /^identity_token_invalid/, "a key for JWTs is for nothing else");
  assert.match((await login("hmac", userId, jwt({ alg: "HS256" }, { sub: userId }, hs256(SECRETS.OLD)))).warning, /^identity_token_invalid/);
});

test("where a token is required, a claim is kept as a trait that nobody uses, and unlocks nothing", async () => {
  const userId = randomUUID();
  const gold = jwt({ alg: "HS256" }, { sub: userId }, hs256(SECRETS.OLD));
  const own = await login("keys", userId, gold, { traits: { tier: "gold" } });
  assert.equal(own.answer.decisions[0].offer, "gold");
  const thief = await login("keys", userId, undefined, { traits: { tier: "gold" } });
  assert.equal(thief.believed, false);
  assert.equal(thief.answer.decisions[0].offer, null);
  const forged = await login("keys", userId, jwt({ alg: "HS256" }, { sub: userId }, hs256("guess")), { traits: { tier: "gold" } });
  assert.deepEqual([forged.believed, forged.answer.decisions[0].offer], [false, null]);
  const profile = await edge.profile(`anonymous_id:${thief.device.anonymousId}`);
  assert.deepEqual([profile.traits.tier, profile.claimedTraits.tier], [undefined, "gold"]);
  assert.equal((await edge.profile(`user_id:${userId}`)).computed.events, 1, "nothing of it reached the customer");
});

test("where a token counts when it is there, a user id without one is believed, and one with a bad token is not", async () => {
  const userId = randomUUID();
  assert.equal((await login("present", userId)).believed, true);
  const bad = await login("present", userId, jwt({ alg: "HS256" }, { sub: userId }, hs256("guess")));
  assert.deepEqual([bad.believed, /^identity_token_invalid/.test(bad.warning)], [false, true]);
  assert.equal((await login("present", userId, jwt({ alg: "HS256" }, { sub: userId }, hs256(SECRETS.OLD)))).believed, true);
  assert.equal((await login("off", randomUUID())).believed, true);
});

test("a source whose secret is not there says so", async () => {
  const { believed, warning } = await login("unset", randomUUID(), jwt({ alg: "HS256" }, { sub: "x" }, hs256("any")));
  assert.equal(believed, false);
  assert.match(warning, /^identity_not_configured/);
});

test("a config with keys that can't work is refused, with the place and what would be right", async () => {
  const { "sources.json": { sources } } = shopConfig();
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const cases = [
    [{ mode: "required" }, "identity.secret", /needs a key/],
    [{ mode: "when_present" }, "identity.secret", /needs a key/],
    [{ mode: "signed", keys: [{ algorithm: "HS256" }] }, "identity.keys[0].secret", /Worker secret/],
    [{ mode: "signed", keys: [{ algorithm: "ES256", secret: "OLD" }] }, "identity.keys[0].publicKey", /PEM/],
    [{ mode: "signed", keys: [{ algorithm: "ES256", publicKey: "x" }] }, "identity.keys[0].publicKey", /PEM/],
    [{ mode: "signed", keys: [{ algorithm: "ES256", publicKey: pem(RSA) }] }, "identity.keys[0].publicKey", /P-256/],
    [{ mode: "signed", keys: [{ algorithm: "RS256", publicKey: pem(small) }] }, "identity.keys[0].publicKey", /2048/],
    [{ mode: "signed", keys: [{ algorithm: "RS256", publicKey: RSA.privateKey.export({ type: "pkcs8", format: "pem" }) }] }, "identity.keys[0].publicKey", /private key/],
    [{ mode: "signed", keys: [{ id: "a", algorithm: "HS256", secret: "OLD" }, { id: "a", algorithm: "HS256", secret: "NEW" }] }, "identity.keys[1].id", /another key/],
    [{ mode: "signed", keys: Array(9).fill({ algorithm: "HS256", secret: "OLD" }) }, "identity.keys", /8 may be/],
  ];
  for (const [identity, place, reason] of cases) {
    const files = { "sources.json": { sources: [{ ...sources[0], identity }] } };
    const response = await edge.admin("/v1/config?dryRun=true", { method: "PUT", body: JSON.stringify({ files }) });
    const { errors } = await response.json();
    assert.equal(response.status, 422, JSON.stringify(identity));
    assert.equal(errors[0].path, `sources[0].${place}`);
    assert.match(errors[0].reason, reason);
  }
});

/** By language: how to have the example print a token; where it isn't installed, only the format can be held. */
const LANGUAGES = {
  python: ["python3", (userId, secret) => ["-c", `import sys; sys.path.insert(0, ${JSON.stringify(examples)}); from python import identity_token; print(identity_token(${JSON.stringify(userId)}, ${JSON.stringify(secret)}))`]],
  php: ["php", (userId, secret) => ["-r", `require ${JSON.stringify(`${examples}/php.php`)}; echo identity_token(${JSON.stringify(userId)}, ${JSON.stringify(secret)});`]],
  ruby: ["ruby", (userId, secret) => ["-r", `${examples}/ruby.rb`, "-e", `print identity_token(${JSON.stringify(userId)}, ${JSON.stringify(secret)})`]],
};

test("the example for Node logs in", async () => {
  const userId = randomUUID();
  assert.equal((await login("old-only", userId, byNode(userId, SECRETS.OLD))).believed, true);
  assert.equal((await login("old-only", userId, byNode(userId, SECRETS.OLD, Date.now() - 7_200_000))).believed, false);
});

for (const [language, [command, of]] of Object.entries(LANGUAGES)) {
  test(`the example for ${language} logs in`, async (t) => {
    const userId = `Zoë ${randomUUID()}?>`;
    const made = await run(command, of(userId, SECRETS.OLD)).catch((error) => error);
    if (made.code === "ENOENT") return t.skip(`${command} is not installed`);
    assert.equal((await login("old-only", userId, made.stdout.trim())).believed, true, made.stderr);
  });
}
