// The config: what is refused and why, what publishing changes, and how soon.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, shopConfig } from "../harness/edge.mjs";
import { Miniflare, convertV4MiniflareOptions } from "../harness/packages.mjs";

const HOUR = 60 * 60 * 1000;
const ago = (millis) => new Date(Date.now() - millis).toISOString();
const html = (text) => ({ type: "html", html: `<p>${text}</p>` });

let edge;
before(async () => (edge = await Edge.start({ config: false })));
after(() => edge.close());

/** The shop's sources, and what a test adds to them. */
function files({ segments = {}, offers = {}, placements = [{ id: "hero", name: "Hero" }], ...more } = {}) {
  const { "sources.json": sources, "identity.json": identity } = shopConfig();
  const all = { "sources.json": sources, "identity.json": identity, "placements.json": { placements }, ...more };
  for (const [id, rule] of Object.entries(segments)) all[`segments/${id}.json`] = { id, name: id, rule };
  for (const [id, offer] of Object.entries(offers)) {
    all[`offers/${id}.json`] = { id, name: id, placement: "hero", content: html(id), ...offer };
  }
  return all;
}

async function put(body, { query = "", headers = {} } = {}) {
  const text = typeof body === "string" ? body : JSON.stringify({ files: body });
  const response = await edge.admin(`/v1/config${query}`, { method: "PUT", body: text, headers });
  return { status: response.status, answer: await response.json() };
}

const current = async () => (await edge.admin("/v1/config")).json();

/** What a person whom nobody knows sees at `hero`. */
async function decision(placement = "hero", device = new Device(edge)) {
  return (await device.send([], [placement])).decisions[0];
}

test("before a config is published clients are told to come back, and lose nothing", async () => {
  const event = { type: "track", event: "Early", anonymousId: "early", messageId: randomUUID() };
  const send = () => edge.send({ writeKey: "demo", batch: [event] });
  const early = await send();
  assert.equal(early.status, 503);
  assert.equal(early.answer.success, false);
  assert.equal(early.answer.code, "no_config");
  assert.ok(Number(early.headers.get("retry-after")) >= 1);
  const shown = await edge.admin("/v1/config");
  assert.equal(shown.status, 404);
  assert.equal((await shown.json()).code, "no_config");
  await edge.publish(files());
  assert.equal((await send()).answer.accepted, 1);
});

test("versions count up, and the same content again is no new version", async () => {
  const before = (await current()).version;
  const first = await edge.publish(files({ offers: { one: {} } }));
  assert.deepEqual([first.version, first.changed], [before + 1, true]);
  const again = await edge.publish(files({ offers: { one: {} } }));
  assert.deepEqual([again.version, again.changed, again.hash], [before + 1, false, first.hash]);
  const second = await edge.publish(files({ offers: { one: { priority: 1 } } }));
  assert.deepEqual([second.version, second.changed], [before + 2, true]);
  assert.notEqual(second.hash, first.hash);
  const shown = await current();
  assert.deepEqual([shown.version, shown.hash], [second.version, second.hash]);
  assert.deepEqual(shown.files, files({ offers: { one: { priority: 1 } } }));
  assert.ok(Math.abs(Date.parse(shown.publishedAt) - Date.now()) < HOUR);
});

test("a dry run validates and changes nothing", async () => {
  await edge.publish(files());
  const before = await current();
  const good = await put(files({ offers: { dry: {} } }), { query: "?dryRun=1" });
  assert.deepEqual([good.status, good.answer.success, good.answer.version], [200, true, undefined]);
  const bad = await put(files({ offers: { dry: { audience: "nobody" } } }), { query: "?dryRun=1" });
  assert.deepEqual([bad.status, bad.answer.code], [422, "invalid_config"]);
  assert.deepEqual(await current(), before);
  assert.equal((await decision()).offer, null);
});

test("only an admin reads or writes the config", async () => {
  const before = await current();
  for (const authorization of ["Bearer wrong", "Bearer ", "Basic dGVzdC1hZG1pbi1rZXk6", "test-admin-key", ""]) {
    const { status, answer } = await put(files({ offers: { sneaked: {} } }), { headers: { authorization } });
    assert.deepEqual([status, answer.code, answer.success], [401, "unauthorized", false], authorization);
    assert.equal((await edge.admin("/v1/config", { headers: { authorization } })).status, 401);
  }
  assert.deepEqual(await current(), before);
});

test("a body that is no config is a bad request", async () => {
  for (const body of ["", "{", "[]", "{}", '{"files":[]}', '{"files":{"sources.json":{}']) {
    const { status, answer } = await put(body);
    assert.deepEqual([status, answer.success], [400, false], body);
  }
});

test("a tag is told what its source says of pages when it is behind, other clients and up-to-date tags are not", async () => {
  const { "sources.json": { sources: [shop, server] } } = shopConfig();
  const mapping = [{ selector: ".buy", event: "Product Added", within: ".card", properties: { product_id: { attribute: "data-sku" }, n: { value: 1 } } }];
  const publish = (more) => edge.publish(files({ "sources.json": { sources: [{ ...shop, ...more }, server] } }));
  const told = async (minConfig, writeKey = "demo") => (await edge.send({ writeKey, minConfig, batch: [] })).answer.settings;
  const { version } = await publish({ mapping, consent: { ...shop.consent, gpc: "refuse" } });
  assert.deepEqual(await told(0), { gpc: "refuse", mapping });
  assert.deepEqual(await told(version - 1), { gpc: "refuse", mapping });
  assert.equal(await told(version), undefined);
  assert.equal(await told(undefined), undefined);
  assert.equal(await told(0, "demo-server"), undefined);
  const { version: next } = await publish({});
  assert.deepEqual(await told(version), {});
  assert.equal(await told(next), undefined);
});

const source = (more) => ({ ...shopConfig()["sources.json"].sources[0], ...more });
const sources = (...list) => ({ "sources.json": { sources: list } });
const second = { id: "two", writeKey: "two" };
const performed = (more) => ({ performed: { event: "X", ...more } });
const WRONG = [
  // what is wrong, the files, then of the one error: file, path, reason
  ["a field nobody knows", files({ offers: { x: { audiense: "y" } } }), "offers/x.json", "audiense", /`audiense` is not known here: write one of .*`audience`/],
  ["a field nobody knows, deep in a rule", files({ segments: { x: { all: [{ not: performed({ whithin: {} }) }] } } }),
    "segments/x.json", "rule.all[0].not.performed.whithin", /`whithin` is not known here: write one of .*`within`/],
  ["an operator of rules that is none", files({ segments: { x: { any: [{ never: [] }] } } }),
    "segments/x.json", "rule.any[0]", /`never`/],
  ["an operator on traits that is none", files({ segments: { x: { all: [{ traits: { age: { $near: 3 } } }] } } }),
    "segments/x.json", "rule.all[0].traits.age.$near", /\$near/],
  ["an operator on properties that is none", files({ segments: { x: performed({ where: { $or: [{ a: { $is: 1 } }] } }) } }),
    "segments/x.json", "rule.performed.where.$or[0].a.$is", /\$is/],
  ["a segment that is not there", files({ segments: { x: { any: [{ not: { segment: "gone" } }] } } }),
    "segments/x.json", "rule.any[0].not.segment", /`gone`/],
  ["an audience that is not there", files({ offers: { x: { audience: "gone" } } }), "offers/x.json", "audience", /`gone`/],
  ["a placement that is not there", files({ offers: { x: { placement: "gone" } } }), "offers/x.json", "placement", /`gone`/],
  ["a limit that lets nothing pass", sources(source({ limits: { source: null, address: { perSecond: 0, burst: 10 } } })),
    "sources.json", "sources[0].limits.address", /from 1 to/],
  ["an id that is not the file's name", files({ "offers/x.json": { id: "y", name: "", placement: "hero", content: html("") } }),
    "offers/x.json", "id", /`x`.*`y`/],
  ["a segment's id that is not the file's name", files({ "segments/x.json": { id: "y", name: "", rule: { all: [] } } }),
    "segments/x.json", "id", /`x`.*`y`/],
  ["two sources with one id", files(sources(source(), source({ writeKey: "other" }))), "sources.json", "sources[1].id", /twice/],
  ["two sources with one key", files(sources(source(), source({ id: "other" }))), "sources.json", "sources[1].writeKey", /`shop`/],
  ["a source without a key", files(sources(source(), source({ ...second, writeKey: " " }))), "sources.json", "sources[1].writeKey", /empty/],
  ["a signed source without a secret", files(sources(source({ identity: { mode: "signed" } }))),
    "sources.json", "sources[0].identity.secret", /secret/],
  ["a mapping of a source without pages", files(sources(source(), source({ ...second, kind: "server", mapping: [{ selector: "a", event: "A" }] }))),
    "sources.json", "sources[1].mapping", /`browser`/],
  ["a selector that no browser can read", files(sources(source({ mapping: [{ selector: ".a", event: "A" }, { selector: "a[href", event: "B" }] }))),
    "sources.json", "sources[0].mapping[1].selector", /`\[` is not closed/],
  ["a property that is a value and is looked for", files(sources(source({ mapping: [{ selector: "a", event: "A", properties: { n: { value: 1, selector: "b" } } }] }))),
    "sources.json", "sources[0].mapping[0].properties.n.value", /leave out/],
  ["a trigger that is none", files(sources(source({ mapping: [{ on: "hover", selector: "a", event: "A" }] }))),
    "sources.json", "sources[0].mapping[0].on", /`hover`/],
  ["a signal's meaning that is none", files(sources(source({ consent: { default: {}, gpc: "ignore" } }))),
    "sources.json", "sources[0].consent.gpc", /`ignore`/],
  ["two placements with one id", files({ placements: [{ id: "hero", name: "" }, { id: "hero", name: "" }] }),
    "placements.json", "placements[1].id", /twice/],
  ["a start that is no time", files({ offers: { x: { schedule: { start: "tomorrow" } } } }), "offers/x.json", "schedule.start", /time/],
  ["an end that is no time", files({ offers: { x: { schedule: { end: "2026-13-01T00:00:00Z" } } } }), "offers/x.json", "schedule.end", /time/],
  ["more than at most", files({ segments: { x: performed({ count: { min: 3, max: 2 } }) } }),
    "segments/x.json", "rule.performed.count", /`max`.*`min`/],
  ["a count nobody keeps", files({ segments: { x: performed({ count: { min: 1_001 } }) } }), "segments/x.json", "rule.performed.count", /1000/],
  ["a window without a length", files({ segments: { x: performed({ within: {} }) } }), "segments/x.json", "rule.performed.within", /days/],
  ["a condition without an event", files({ segments: { x: { performed: { event: " " } } } }), "segments/x.json", "rule.performed.event", /name/],
  ["a file nobody knows", files({ "notes.txt": {} }), "notes.txt", "", /known are/],
  ["a file in a folder of a folder", files({ "segments/eu/x.json": {} }), "segments/eu/x.json", "", /known are/],
  ["a wrong type, deep in a rule", files({ segments: { x: { all: [{ any: [performed({ count: { min: "two" } })] }] } } }),
    "segments/x.json", "rule.all[0].any[0].performed.count.min", /“two”/],
  ["content of no known type", files({ offers: { x: { content: { type: "pdf" } } } }), "offers/x.json", "content.type", /`pdf`/],
  ["an offer without content", files({ offers: { x: { content: undefined } } }), "offers/x.json", "", /content/],
  ["a circle of one", files({ segments: { x: { segment: "x" } } }), "segments/x.json", "rule", /itself/],
  ["rules too deep", files({ segments: { x: Array.from({ length: 20 }).reduce((rule) => ({ not: rule }), { all: [] }) } }),
    "segments/x.json", "rule", /deep/],
  ...["shop.example", "https://", "https://shop.example/", "https://shop.example/a", "ftp://shop.example", "*"].map((origin) => [
    `the origin ${origin}`, files(sources(source({ origins: ["https://fine.example", origin] }))),
    "sources.json", "sources[0].origins[1]", /https:\/\/shop\.example/,
  ]),
];

test("what is wrong is named by file, path and reason, and nothing of it is published", async () => {
  await edge.publish(files());
  const before = await current();
  for (const [what, wrong, file, path, reason] of WRONG) {
    const { status, answer } = await put(wrong);
    assert.equal(status, 422, `${what}: ${JSON.stringify(answer)}`);
    assert.deepEqual([answer.success, answer.code], [false, "invalid_config"], what);
    assert.deepEqual(answer.errors.map((error) => [error.file, error.path]), [[file, path]], what);
    assert.match(answer.errors[0].reason, reason, what);
  }
  assert.deepEqual(await current(), before);
});

test("a circle of segments is reported where it is, not at those that only lead into it", async () => {
  const segments = { a: { segment: "b" }, b: { all: [{ segment: "c" }] }, c: { not: { segment: "b" } }, d: { segment: "c" } };
  const { status, answer } = await put(files({ segments }));
  assert.equal(status, 422);
  assert.equal(answer.errors.length, 1);
  assert.ok(["segments/b.json", "segments/c.json"].includes(answer.errors[0].file), JSON.stringify(answer.errors));
});

test("all errors come at once", async () => {
  const inContent = await put(files({
    segments: { a: { segment: "gone" }, b: { traits: { x: { $huh: 1 } } } },
    offers: { c: { placement: "gone", audience: "gone" }, d: { schedule: { start: "x", end: "y" } } },
    ...sources(source({ origins: ["nonsense"] })),
  }));
  assert.deepEqual(inContent.answer.errors.map((error) => `${error.file} ${error.path}`).sort(), [
    "offers/c.json audience", "offers/c.json placement", "offers/d.json schedule.end", "offers/d.json schedule.start",
    "segments/a.json rule.segment", "segments/b.json rule.traits.x.$huh", "sources.json sources[0].origins[0]",
  ]);
  const inShape = await put(files({ segments: { a: { what: 1 } }, offers: { b: { priority: "high" } }, "x.json": {} }));
  assert.deepEqual(inShape.answer.errors.map((error) => error.file).sort(), ["offers/b.json", "segments/a.json", "x.json"]);
  assert.match(inShape.answer.message, /3 errors/);
});

test("one wrong file keeps all the right ones from being published", async () => {
  await edge.publish(files({ offers: { old: {} } }));
  assert.equal((await put(files({ offers: { fresh: {}, wrong: { audience: "gone" } } }))).status, 422);
  assert.equal((await decision()).offer, "old");
});

test("a published offer is in the very next answer, and so is taking it away", async () => {
  const device = new Device(edge);
  await edge.publish(files());
  assert.equal((await decision("hero", device)).offer, null);
  const { version } = await edge.publish(files({ offers: { sale: {} } }));
  const answer = await device.send([], ["hero"]);
  assert.equal(answer.configVersion, version);
  const { token, id, ...shown } = answer.decisions[0];
  assert.deepEqual(shown, { placement: "hero", offer: "sale", variant: null, content: html("sale"), reason: "everybody" });
  assert.ok(token.length > 20);
  assert.match(id, /^[\w-]{16}$/);
  await edge.publish(files());
  const { id: other, ...none } = await decision("hero", device);
  assert.match(other, /^[\w-]{16}$/);
  assert.deepEqual(none, {
    placement: "hero", offer: null, variant: null, content: null, reason: "default", token: null,
  });
});

test("the higher priority wins, between equals the smaller id, and only where it belongs", async () => {
  const placements = [{ id: "hero", name: "" }, { id: "strip", name: "" }];
  const offers = { a: { priority: 1 }, z: { priority: 2 }, c: { priority: 2 }, minus: { priority: -1 }, top: { placement: "strip", priority: 9 } };
  await edge.publish(files({ placements, offers }));
  assert.equal((await decision()).offer, "c");
  assert.equal((await decision("strip")).offer, "top");
});

test("an offer runs from its start until its end", async () => {
  const schedules = {
    past: { end: ago(1000) },
    future: { start: ago(-HOUR) },
    "past-too": { start: ago(2 * HOUR), end: ago(HOUR) },
    now: { start: ago(HOUR), end: ago(-HOUR) },
    since: { start: ago(HOUR) },
    until: { end: ago(-HOUR) },
  };
  const placements = Object.keys(schedules).map((id) => ({ id, name: id }));
  const offers = Object.fromEntries(Object.entries(schedules).map(([id, schedule]) => [id, { placement: id, schedule }]));
  await edge.publish(files({ placements, offers }));
  const { decisions } = await new Device(edge).send([], Object.keys(schedules));
  const shown = decisions.filter((decision) => decision.offer).map((decision) => decision.placement);
  assert.deepEqual(shown, ["now", "since", "until"]);
});

test("a placement's own default is shown when no offer holds, and an unknown placement says so", async () => {
  const json = { type: "json", json: { title: "Hello", lines: [1, null] } };
  const placements = [{ id: "hero", name: "", default: html("default") }, { id: "data", name: "", default: json }];
  await edge.publish(files({ placements, segments: { nobody: { any: [] } }, offers: { x: { audience: "nobody" } } }));
  const { decisions } = await new Device(edge).send([], ["hero", "data", "nowhere"]);
  const shown = decisions.map(({ offer, content, reason }) => ({ offer, content, reason }));
  assert.deepEqual(shown, [
    { offer: null, content: html("default"), reason: "default" },
    { offer: null, content: json, reason: "default" },
    { offer: null, content: null, reason: "unknown_placement" },
  ]);
});

const bought = (timestamp = ago(HOUR)) => ({ type: "track", event: "Order Completed", timestamp });
const buyers = (count) => files({
  segments: { buyers: { performed: { event: "Order Completed", count: { min: count } } } },
  offers: { thanks: { audience: "buyers" } },
});

test("a new segment over old events holds at once for who comes by", async () => {
  const [buyer, stranger] = [new Device(edge), new Device(edge)];
  await edge.publish(files());
  await buyer.send([bought(), bought(ago(2 * HOUR))]);
  await stranger.send([{ type: "page" }]);
  await edge.publish(buyers(2));
  const { offer, reason } = await decision("hero", buyer);
  assert.deepEqual([offer, reason], ["thanks", "audience"]);
  assert.equal((await decision("hero", buyer)).offer, "thanks");
  const { segmentChanges } = await edge.profile(`anonymous_id:${buyer.anonymousId}`);
  assert.deepEqual(segmentChanges.map(({ entered, how, messageId }) => [entered, how, messageId]), [[true, "definition", null]], "once, and by what");
  assert.equal((await decision("hero", stranger)).offer, null);
  await edge.publish(buyers(3));
  assert.equal((await decision("hero", buyer)).offer, null);
  await buyer.send([bought()]);
  assert.equal((await decision("hero", buyer)).offer, "thanks");
});

test("a segment that was taken away and is brought back counts what happened meanwhile", async () => {
  const buyer = new Device(edge);
  await edge.publish(buyers(2));
  await buyer.send([bought()]);
  await edge.publish(files());
  await buyer.send([bought()]);
  await edge.publish(buyers(2));
  assert.equal((await decision("hero", buyer)).offer, "thanks");
});

test("a page that claims to have seen a far newer config is answered with the current one", async () => {
  const { version } = await edge.publish(files({ offers: { here: {} } }));
  for (const minConfig of [version, version + 1, 2 ** 53 - 1]) {
    const event = { type: "page", anonymousId: randomUUID(), messageId: randomUUID() };
    const { status, answer } = await edge.send({ writeKey: "demo", minConfig, batch: [event], decide: { placements: ["hero"] } });
    assert.equal(status, 200);
    assert.deepEqual([answer.accepted, answer.configVersion, answer.decisions[0].offer], [1, version, "here"]);
  }
});

const view = (properties, timestamp) => ({ type: "track", event: "Product Viewed", properties, timestamp });
const traits = (of) => ({ type: "identify", traits: of });
const viewed = (more) => ({ performed: { event: "Product Viewed", ...more } });
const RULES = {
  // the rule, what brings someone in, what does not
  equals: [{ traits: { tier: "gold" } }, [traits({ tier: "gold" })], [traits({ tier: "silver" })]],
  listed: [{ traits: { tier: { $in: ["gold", "black"] } } }, [traits({ tier: "black" })], [traits({ tier: "red" })]],
  ordered: [{ traits: { age: { $gte: 18, $lt: 30 } } }, [traits({ age: 18 })], [traits({ age: 30 })]],
  nested: [{ traits: { "address.city": { $exists: true } } }, [traits({ address: { city: "Ulm" } })], [traits({ address: {} })]],
  computed: [{ traits: { "computed.orders": { $gte: 2 } } }, [bought(), bought()], [bought()]],
  counted: [viewed({ count: { min: 2 } }), [view(), view()], [view()]],
  "at-most": [viewed({ count: { min: 1, max: 2 } }), [view(), view()], [view(), view(), view()]],
  filtered: [viewed({ where: { price: { $gt: 100 } } }), [view({ price: 101 })], [view({ price: 100 })]],
  pages: [{ performed: { event: "Page" } }, [{ type: "page" }], [view()]],
  "within-a-day": [viewed({ within: { days: 1 } }), [view({}, ago(23 * HOUR))], [view({}, ago(48 * HOUR))]],
  "twice-within": [viewed({ within: { hours: 1, minutes: 30 }, count: { min: 2 } }),
    [view({}, ago(1.4 * HOUR)), view({}, ago(0))], [view({}, ago(1.6 * HOUR)), view({}, ago(0))]],
  without: [{ all: [viewed(), { not: { performed: { event: "Order Completed" } } }] }, [view()], [view(), bought()]],
  either: [{ any: [{ performed: { event: "Page" } }, { traits: { tier: "blue" } }] }, [traits({ tier: "blue" })], [traits({ tier: "grey" })]],
  // named before and after the one it stands on
  "a-inner": [{ all: [{ segment: "inner" }, { traits: { vip: true } }] }, [view({ id: 1 }), traits({ vip: true })], [traits({ vip: true })]],
  inner: [viewed({ where: { id: 1 } }), [view({ id: 1 })], [view({ id: 2 })]],
  "z-inner": [{ not: { segment: "inner" } }, [view({ id: 2 })], [view({ id: 1 })]],
};

test("each condition brings in whom it should, and nobody else", async () => {
  const segments = Object.fromEntries(Object.entries(RULES).map(([id, [rule]]) => [id, rule]));
  await edge.publish(files({ segments }));
  for (const [id, [, ...ways]] of Object.entries(RULES)) {
    for (const [way, events] of ways.entries()) {
      const userId = `${id}-${way}-${randomUUID()}`;
      const batch = events.map((event) => ({ ...event, userId, messageId: randomUUID() }));
      assert.equal((await edge.send({ writeKey: "demo-server", batch })).answer.accepted, events.length);
      const profile = await edge.profile(`user_id:${userId}`);
      assert.equal(profile.segments.some((segment) => segment.id === id), way === 0, `${id}: ${JSON.stringify(events)}`);
    }
  }
});

test("a rule that only a newer edge can read holds for nobody here, the others go on, and it is said which", async () => {
  const old = await Edge.start({ config: false });
  const kv = new Miniflare(convertV4MiniflareOptions({
    resourcePersistencePath: old.state, modules: true, script: "export default { fetch: () => new Response() }", kvNamespaces: { CONFIG: "selvedge-config-dev" },
  }));
  try {
    const segments = { far: { traits: { tier: { $eq: "gold" } } }, "not-far": { not: { segment: "far" } }, near: { traits: { tier: { $in: ["gold"] } } } };
    const offers = Object.fromEntries(Object.keys(segments).map((id) => [id, { placement: id, audience: id }]));
    const { version } = await old.publish(files({ segments, offers, placements: Object.keys(offers).map((id) => ({ id, name: id })) }));
    const device = new Device(old);
    await device.send([traits({ tier: "gold" })]);
    const shown = async () => (await device.send([], Object.keys(offers))).decisions.map(({ offer }) => offer);
    assert.deepEqual(await shown(), ["far", null, "near"]);
    await old.down();
    // What a newer edge would have published: an operator that this one does not know.
    const config = await kv.getKVNamespace("CONFIG");
    const blobs = (await config.list()).keys.map(({ name }) => name);
    let changed = 0;
    for (const name of blobs) {
      const text = await config.get(name);
      if (!text.includes('"$eq"')) continue;
      await config.put(name, text.replaceAll('"$eq"', '"$near"'));
      changed += 1;
    }
    assert.equal(changed, 1, "the config of this version");
    await old.up();
    assert.deepEqual(await shown(), [null, null, "near"]);
    const { segments: told } = await (await old.admin("/v1/segments")).json();
    assert.deepEqual(told.map(({ id, readable }) => [id, readable]).sort(), [["far", false], ["near", true], ["not-far", true]]);
    assert.ok(old.log.some((line) => line.includes(`config ${version}: segment \`far\``)), "and in the log");
  } finally {
    await kv.dispose();
    await old.close();
  }
});

test("the visitor's own last event is in the decision of the same answer", async () => {
  await edge.publish(files({ segments: { looking: viewed() }, offers: { look: { audience: "looking" }, all: { priority: -1 } } }));
  const device = new Device(edge);
  assert.equal((await device.send([{ type: "page" }], ["hero"])).decisions[0].offer, "all");
  assert.equal((await device.send([view()], ["hero"])).decisions[0].offer, "look");
});

test("a restart keeps the config", async () => {
  await edge.publish(files({ offers: { kept: {} } }));
  const before = await current();
  await edge.down();
  await edge.up();
  assert.equal((await decision()).offer, "kept");
  assert.deepEqual(await current(), before);
  const { version } = await edge.publish(files({ offers: { next: {} } }));
  assert.equal(version, before.version + 1);
});
