// Offers as a page and a server see them: caps, groups, templates, tokens, and why.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { assertSameAgain } from "../harness/again.mjs";
import { Device, Edge, shopConfig } from "../harness/edge.mjs";

const html = (text) => ({ type: "html", html: text });
const offer = (id, placement, more = {}) => ({ id, name: id, placement, content: html(id), ...more });

const OFFERS = [
  offer("greeting", "top", {
    audience: "named",
    content: html("Hi {{ traits.name }}, {{ (60 - computed.cart.value) | fixed(2) }} to go after {{ event.name }} in {{ context.locale }}"),
  }),
  offer("broken", "bottom", { content: html("{{ traits.name | fixed(2) }}"), fallback: html("plain"), audience: "named" }),
  offer("twice", "capped", { caps: { person: { campaign: 2 } } }),
  offer("first", ["left", "right"], { priority: 3 }),
  offer("sale-1", ["left", "right"], { priority: 2, exclusive: "sale" }),
  offer("sale-2", "right", { priority: 1, exclusive: "sale" }),
  offer("few", "shared", { caps: { all: { campaign: 30 } } }),
  offer("plenty", "roomy", { caps: { all: { campaign: 100_000 } } }),
  offer("only-one", "tried", { priority: 3, caps: { all: { campaign: 1 } } }),
  offer("sale-3", "tried", { priority: 2, exclusive: "sale" }),
  offer("failing", "tried", { priority: 2, content: html("{{ 1 / 0 }}") }),
  offer("split", "tried", { priority: 1, variants: [{ id: "a" }, { id: "b" }], experiment: { coverage: 0.8, holdout: { share: 0.4 } } }),
  offer("past", "left", { priority: 9, schedule: { zone: "Europe/Berlin", end: "2026-01-01T00:00" } }),
];

function config() {
  const files = shopConfig();
  const placements = ["top", "bottom", "capped", "left", "right", "shared", "roomy", "tried"].map((id) => ({ id, name: id }));
  files["placements.json"].placements.push(...placements);
  files["segments/named.json"] = { id: "named", name: "Named", rule: { traits: { name: { $exists: true } } } };
  for (const one of OFFERS) files[`offers/${one.id}.json`] = one;
  return files;
}

let edge;
let published;
before(async () => {
  edge = await Edge.start({ config: false });
  published = await edge.publish(config());
});
after(() => edge.close());

const offered = (answer) => answer.decisions.map(({ offer }) => offer);
const view = ({ token }, event = "Promotion Viewed") => ({ type: "track", event, properties: { token } });

async function ask(body, { key = "demo-server", admin = false } = {}) {
  const authorization = admin ? {} : { authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` };
  const init = { method: "POST", body: JSON.stringify(body), headers: authorization };
  const response = await (admin ? edge.admin("/v1/decide", init) : edge.fetch("/v1/decide", init));
  return { status: response.status, ...(await response.json()) };
}

async function somebody(name) {
  const device = new Device(edge);
  device.user = randomUUID();
  await device.identify(device.user, name ? { name } : {});
  return device;
}

test("what can never be shown is said when it is published", () => {
  assert.deepEqual(published.warnings.map(({ file, path }) => [file, path]), [["offers/past.json", "schedule.end"]]);
});

test("content has the person's own data in it, escaped, and a template that fails is the fallback", async () => {
  const device = await somebody("<b>Ada</b>");
  const added = { type: "track", event: "Product Added", properties: { product_id: "p", price: 48.5 }, context: { locale: "de" } };
  const { decisions } = await device.send([added], ["top", "bottom"]);
  assert.deepEqual(decisions.map(({ content, reason }) => [content, reason]), [
    [html("Hi &lt;b&gt;Ada&lt;&#x2f;b&gt;, 11.50 to go after Product Added in de"), "audience"],
    [html("plain"), "fallback"],
  ]);
});

test("a person's cap counts what our own tokens prove, also over two devices of theirs", async () => {
  const device = await somebody();
  const seen = async (who, more = {}) => {
    const { decisions } = await who.send([], ["capped"]);
    await who.send([{ ...view(decisions[0]), ...more }]);
    return decisions[0].offer;
  };
  const forged = await device.send([view({ token: "eyJ2IjoyfQ.forged" })], ["capped"]);
  assert.deepEqual(offered(forged), ["twice"]);
  assert.equal(await seen(device), "twice");
  const second = new Device(edge);
  await second.identify(device.user);
  assert.equal(await seen(second), "twice");
  assert.deepEqual(offered(await device.send([], ["capped"])), [null]);
  assert.deepEqual(offered(await (await somebody()).send([], ["capped"])), ["twice"], "others are not concerned");
});

test("an unknown token is taken as an event, with a warning", async () => {
  const device = await somebody();
  const batch = [{ ...view({ token: "x.y" }), messageId: randomUUID(), anonymousId: device.anonymousId }];
  const { answer } = await edge.send({ writeKey: "demo", batch }, { path: "/v1/batch?results=1", headers: { cookie: device.cookie } });
  assert.equal(answer.accepted, 1);
  assert.match(answer.results[0].warning, /^unknown_token/);
});

test("no offer and no group is twice on a page", async () => {
  const device = await somebody();
  assert.deepEqual(offered(await device.send([], ["left", "right"])), ["first", "sale-1"]);
  assert.deepEqual(offered(await device.send([], ["right", "left"])), ["first", "sale-1"]);
  assert.deepEqual(offered(await device.send([], ["right"])), ["first"]);
});

test("a server decides for whom it names, and a browser's key does not", async () => {
  const device = await somebody("Grace");
  const { status, decisions } = await ask({ userId: device.user, placements: ["top", "left"], context: { locale: "en" } });
  assert.equal(status, 200);
  assert.match(decisions[0].content.html, /^Hi Grace, .* in en$/);
  assert.equal(decisions[1].offer, "first");
  assert.ok(decisions[0].id && decisions[0].token && decisions[0].id !== decisions[1].id);
  const stranger = await ask({ userId: randomUUID(), placements: ["top", "left"] });
  assert.deepEqual(stranger.decisions.map(({ offer, reason }) => [offer, reason]), [[null, "unknown_person"], ["first", "everybody"]]);
  const denied = await ask({
    userId: device.user, placements: ["top"], context: { consent: { categoryPreferences: { analytics: true } } },
  });
  assert.equal(denied.decisions[0].reason, "no_consent");
  const browser = await ask({ userId: device.user, placements: ["top"] }, { key: "demo" });
  assert.deepEqual([browser.status, browser.decisions[0].offer], [200, null], "only the device cookie unlocks decisions");
  assert.equal((await ask({ userId: device.user })).status, 400);
  assert.equal((await ask({ placements: ["top"] })).status, 400);
  assert.equal((await ask({ userId: device.user, placements: ["top"] }, { key: "wrong" })).status, 401);
});

test("the tag asks without events, by its cookie", async () => {
  const device = await somebody("Joan");
  const body = JSON.stringify({ writeKey: "demo", anonymousId: device.anonymousId, placements: ["top"] });
  const answer = await (await edge.fetch("/v1/decide", { method: "POST", body, headers: { cookie: device.cookie } })).json();
  assert.equal(answer.decisions[0].offer, "greeting");
});

test("an admin is told why, and nothing comes of asking", async () => {
  const device = await somebody("Hedy");
  const ask_why = () => ask({ userId: device.user, placements: ["left", "top", "shared"] }, { admin: true });
  const { why, decisions } = await ask_why();
  assert.deepEqual(decisions.map(({ offer }) => offer), ["first", "greeting", "few"]);
  assert.deepEqual(why.placements[0].considered.map(({ offer, by }) => [offer, by]), [
    ["past", "schedule"], ["first", "won"], ["sale-1", "beaten"],
  ]);
  assert.deepEqual([why.config, why.answers.segments], [published.version, { named: true }]);
  const before = (await edge.timeline(`user_id:${device.user}`)).length;
  await ask_why();
  assert.equal((await edge.timeline(`user_id:${device.user}`)).length, before);
  const wrong = await edge.fetch("/v1/decide", { method: "POST", body: "{}", headers: { authorization: "Bearer wrong" } });
  assert.equal(wrong.status, 401);
  const earlier = await ask({ userId: device.user, placements: ["left"], at: "2025-06-01T00:00:00Z" }, { admin: true });
  assert.equal(earlier.decisions[0].offer, "past");
});

test("what an admin is told of a decision makes the same decision again, by the engine alone, whatever decided", async () => {
  // By this the cap for all is reached.
  assert.deepEqual(offered(await (await somebody()).send([], ["tried"])), ["only-one"]);
  const capped = await somebody("Mary");
  for (let n = 0; n < 2; n += 1) await capped.send([view((await capped.send([], ["capped"])).decisions[0])]);
  const silent = new Device(edge);
  await silent.send([{ type: "page", context: { consent: { categoryPreferences: { analytics: true } } } }]);
  const placements = ["top", "bottom", "capped", "left", "right", "shared", "roomy", "tried", "nowhere"];
  const answers = [
    await ask({ userId: capped.user, placements, context: { locale: "pl" } }, { admin: true }),
    await ask({ anonymousId: silent.anonymousId, placements }, { admin: true }),
    await ask({ userId: randomUUID(), placements }, { admin: true }),
  ];
  const tried = () => new Set(answers.map(({ decisions }) => decisions[7].variant));
  const by = () => new Set(answers.flatMap(({ why }) => why.placements.flatMap(({ considered }) => considered.map((one) => one.by))));
  // Until somebody has each variant, somebody none, and somebody is held out.
  while (tried().size < 3 || !by().has("held_out")) answers.push(await ask({ userId: (await somebody()).user, placements }, { admin: true }));
  const all = ["audience", "beaten", "consent", "exclusive", "held_out", "on_page", "person_cap", "schedule", "shared_cap", "template", "won"];
  assert.deepEqual([...by()].sort(), all);
  const reasons = new Set(answers.flatMap(({ decisions }) => decisions.map(({ reason }) => reason)));
  assert.deepEqual([...reasons].sort(), ["audience", "default", "everybody", "fallback", "no_consent", "unknown_person", "unknown_placement"]);
  await assertSameAgain(edge, answers);
});

test("while there is room under a cap for all, a decision asks nobody but the profile", async () => {
  const device = await somebody();
  const decided = async () => assert.deepEqual(offered(await device.send([], ["roomy"])), ["plenty"]);
  await decided();
  await edge.rest();
  const before = (await edge.usage()).objectCalls;
  for (let n = 0; n < 50; n += 1) await decided();
  // Portions that are asked for behind an answer: each is larger than the one before.
  const calls = (await edge.usage()).objectCalls - before;
  assert.ok(calls <= 53, `${calls} calls for 50 decisions`);
});

test("a cap for all is given out to the last, and steady traffic asks nobody", async () => {
  const device = await somebody();
  const asked = async () => (await edge.usage()).objectCalls;
  assert.deepEqual(offered(await device.send([], ["shared"])), ["few"]);
  let given = 1;
  for (let n = 0; n < 45; n += 1) given += (offered(await device.send([], ["shared"]))[0] === "few") ? 1 : 0;
  assert.equal(given, 30);
  // What is spent is known: one call each, to the profile. What the alarm and the Queue have to do is done before.
  await edge.rest();
  const before = await asked();
  for (let n = 0; n < 10; n += 1) await device.send([], ["shared"]);
  assert.ok((await asked()) - before <= 11, "each decision is one call");
});
