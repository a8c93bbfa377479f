// How consent is said elsewhere (TCF, GPP, Google's Consent Mode, Segment's preferences, Global Privacy Control), by place and by stage:
// what is stored, what is decided, what is sent. And the strings of the IAB's own libraries against what these read in them.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Device, Edge, identityToken, shopConfig, until } from "../harness/edge.mjs";
import { Miniflare, convertV4MiniflareOptions, fc, gpp, tcf } from "../harness/packages.mjs";

const { GVL, TCModel, TCString } = tcf;
const { GppModel } = gpp;

const SEED = Number(process.env.SEED ?? 20261123);
const RUNS = Number(process.env.RUNS ?? 60);
const ALL = { analytics: true, personalisation: true, advertising: true, sale_or_share: true };
const NONE = { analytics: false, personalisation: false, advertising: false, sale_or_share: false };

let edge;
let reader;
before(async () => {
  edge = await Edge.start({ config: false });
  const { "sources.json": { sources } } = shopConfig();
  const shop = { ...sources[0], consent: { default: ALL } };
  await edge.publish({
    "sources.json": { sources: [shop, { ...sources[1], consent: { default: ALL } }] },
    "consent.json": {},
    "placements.json": { placements: [{ id: "hero", name: "Hero" }] },
    "segments/viewers.json": { id: "viewers", name: "", rule: { performed: { event: "Product Viewed" } } },
    "offers/viewed.json": { id: "viewed", name: "", placement: "hero", audience: "viewers", priority: 2, content: { type: "html", html: "viewed" } },
    "offers/everybody.json": { id: "everybody", name: "", placement: "hero", content: { type: "html", html: "everybody" } },
  });
  reader = new Miniflare(convertV4MiniflareOptions({
    resourcePersistencePath: edge.state, modules: true, script: "export default { fetch: () => new Response() }",
    r2Buckets: { ARCHIVE: "selvedge-archive-dev" },
  }));
});
after(async () => {
  await reader.dispose();
  await edge.close();
});

/** Where the platform sees a visitor. */
const PLACES = { DE: { country: "DE", regionCode: "BE" }, US: { country: "US", regionCode: "CA" }, nowhere: {} };
const at = (place) => ({ "MF-CF-Blob": JSON.stringify(PLACES[place]) });
const CHOICE = "Segment Consent Preference Updated";
const view = () => ({ type: "track", event: "Product Viewed", messageId: randomUUID() });

/** One event of a device under `consent`, with a decision; the cookie is kept. */
async function send(device, place, consent, { event = view(), headers = {} } = {}) {
  const body = {
    writeKey: "demo", anonymousId: device.anonymousId, context: consent && { consent }, decide: { placements: ["hero"] },
    batch: [{ anonymousId: device.anonymousId, ...event }],
  };
  const sent = await edge.send(body, { headers: { ...at(place), ...(device.cookie && { cookie: device.cookie }), ...headers } });
  assert.equal(sent.status, 200);
  device.cookie = sent.headers.get("set-cookie")?.split(";")[0] ?? device.cookie;
  return { ...sent.answer, sent: event.messageId };
}

const profileOf = (device) => edge.profile(`anonymous_id:${device.anonymousId}`);

/** A vendor list as small as can be: the library writes no string without one. */
const numbered = (count, more) => Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, { id: index + 1, name: "", ...more }]));
const gvl = new GVL({
  gvlSpecificationVersion: 3, vendorListVersion: 100, tcfPolicyVersion: 5, lastUpdated: "2026-01-01T00:00:00Z",
  purposes: numbered(11, { description: "", illustrations: [] }), specialPurposes: {}, features: {}, specialFeatures: numbered(2, { description: "", illustrations: [] }),
  stacks: {}, dataCategories: {},
  vendors: numbered(900, {
    purposes: Array.from({ length: 11 }, (_, index) => index + 1), legIntPurposes: [], flexiblePurposes: [], specialPurposes: [], features: [],
    specialFeatures: [1, 2], policyUrl: "",
  }),
});

function tcString({ consents = [], interests = [], vendors = [], features = [], policy = 5 }) {
  const model = new TCModel(gvl);
  Object.assign(model, { cmpId: 7, cmpVersion: 1, consentLanguage: "DE", publisherCountryCode: "DE", isServiceSpecific: true });
  model.purposeConsents.set(consents);
  model.purposeLegitimateInterests.set(interests);
  model.vendorConsents.set(vendors);
  model.specialFeatureOptins.set(features);
  model.policyVersion = policy;
  return TCString.encode(model);
}

function gppString(fields) {
  const model = new GppModel();
  for (const [section, name, value] of fields) model.setFieldValue(section, name, value);
  return model.encode();
}

const EVERY = Array.from({ length: 11 }, (_, index) => index + 1);
const google = (value) => ({ google: Object.fromEntries(["analytics_storage", "personalization_storage", "ad_storage", "ad_user_data", "ad_personalization"].map((name) => [name, value])) });
const preferences = (value) => ({ categoryPreferences: Object.fromEntries(Object.keys(ALL).map((purpose) => [purpose, value])) });

/** By signal: what is said while somebody is asked, after a yes and after a no. Before, nothing is. */
const SIGNALS = {
  nothing: { pending: undefined, granted: undefined, denied: undefined },
  "Global Privacy Control": { headers: { "sec-gpc": "1" }, pending: undefined, granted: undefined, denied: undefined },
  "Google's Consent Mode": { pending: google("denied"), granted: google("granted"), denied: google("denied") },
  TCF: { pending: { tcf: tcString({}) }, granted: { tcf: tcString({ consents: EVERY, vendors: [1, 755] }) }, denied: { tcf: tcString({}) } },
  "GPP, American": {
    pending: { gpp: gppString([]) }, granted: { gpp: gppString([["usca", "SaleOptOut", 2]]) },
    denied: { gpp: gppString([["usca", "SaleOptOut", 1], ["usca", "SharingOptOut", 1]]) },
  },
  "Segment's preferences": { pending: undefined, granted: preferences(true), denied: preferences(false) },
};

/** What is expected: y where all three are done, n where none is. `D` Germany, where one is asked; `U` California, where one may
 *  object; `N` nowhere. An American opt-out and Global Privacy Control leave the site's own purposes. */
const EXPECTED = {
  nothing: { before: "DnUyNn", pending: "DnUyNn", granted: "DnUyNn", denied: "DnUyNn" },
  "Global Privacy Control": { before: "DnUyNn", pending: "DnUyNn", granted: "DnUyNn", denied: "DnUyNn" },
  "Google's Consent Mode": { before: "DnUyNn", pending: "DnUnNn", granted: "DyUyNy", denied: "DnUnNn" },
  TCF: { before: "DnUyNn", pending: "DnUnNn", granted: "DyUyNy", denied: "DnUnNn" },
  "GPP, American": { before: "DnUyNn", pending: "DnUyNn", granted: "DnUyNn", denied: "DnUyNn" },
  "Segment's preferences": { before: "DnUyNn", pending: "DnUyNn", granted: "DyUyNy", denied: "DnUnNn" },
};

/** MessageIds in the archive. */
async function archived() {
  const bucket = await reader.getR2Bucket("ARCHIVE");
  const { objects, truncated } = await bucket.list({ limit: 1000, prefix: "archive/" });
  assert.equal(truncated, false);
  const text = async ({ key }) => gunzipSync(Buffer.from(await (await bucket.get(key)).arrayBuffer())).toString();
  const lines = (await Promise.all(objects.map(text))).flatMap((text) => text.trimEnd().split("\n"));
  return new Map(lines.map((line) => JSON.parse(line)).map((line) => [line.messageId, line]));
}

test("signal × place × stage: what is stored, decided and sent", async () => {
  const rows = [];
  for (const [signal, { headers, ...stages }] of Object.entries(SIGNALS)) {
    for (const [place, letter] of Object.entries({ DE: "D", US: "U", nowhere: "N" })) {
      const allowed = (stage) => EXPECTED[signal][stage].includes(`${letter}y`);
      for (const stage of ["before", "pending", "granted", "denied"]) {
        const device = new Device(edge);
        const answer = await send(device, place, stages[stage], { headers });
        rows.push({ what: `${signal}, ${place}, ${stage}`, device, answer, expected: allowed(stage) });
      }
      // Withdrawn: a yes, then a no, on one device. What came before is there, what comes after is not.
      const device = new Device(edge);
      const yes = await send(device, place, stages.granted, { headers });
      const no = await send(device, place, stages.denied, { headers });
      rows.push({ what: `${signal}, ${place}, withdrawn: the yes`, device, answer: yes, expected: allowed("granted") });
      rows.push({ what: `${signal}, ${place}, withdrawn`, device, answer: no, expected: allowed("denied") });
    }
  }
  for (const { what, device, answer, expected } of rows) {
    assert.deepEqual([answer.accepted, answer.rejected], expected ? [1, 0] : [0, 1], `${what}: stored`);
    if (!expected) assert.equal(answer.results[0].code, "consent_denied", what);
    assert.equal(answer.decisions[0].offer, expected ? "viewed" : "everybody", `${what}: decided`);
    const ids = (await profileOf(device))?.timeline.events.map((event) => event.messageId) ?? [];
    assert.equal(ids.includes(answer.sent), expected, `${what}: stored`);
  }
  const sent = rows.filter((row) => row.expected).map((row) => row.answer.sent);
  const all = await until("all that may be sent is in the archive", async () => {
    const found = await archived();
    return sent.every((id) => found.has(id)) && found;
  });
  for (const { what, answer, expected } of rows) assert.equal(all.has(answer.sent), expected, `${what}: sent`);
});

/** What the edge makes of a string: the purposes of a profile that it alone has spoken for, or nothing. */
async function read(consent, place) {
  const device = new Device(edge);
  const { accepted } = await send(device, place, consent);
  return accepted ? (await profileOf(device)).consent.purposes : { ...NONE };
}

test("TC strings mean what @iabtcf/core reads in them", async () => {
  const purposes = fc.uniqueArray(fc.integer({ min: 1, max: 11 }));
  const string = fc.record({
    // Without the first purpose nothing is stored, and there is nothing to compare.
    consents: purposes.map((some) => [...new Set([1, ...some])]), interests: purposes.map((some) => some.filter((one) => one === 2 || one > 6)),
    vendors: fc.uniqueArray(fc.integer({ min: 1, max: 900 })), features: fc.subarray([1, 2]), policy: fc.constantFrom(2, 4, 5),
  });
  let stored = 0;
  await fc.assert(fc.asyncProperty(string, async (said) => {
    const text = tcString(said);
    const model = TCString.decode(text);
    const has = (purpose) => model.purposeConsents.has(purpose);
    const either = (purpose) => has(purpose) || model.purposeLegitimateInterests.has(purpose);
    const advertising = has(1) && either(2) && has(3) && has(4);
    const expected = { analytics: has(1) && either(8), personalisation: has(1) && has(5) && has(6), advertising, sale_or_share: advertising };
    const found = await read({ tcf: text }, "nowhere");
    stored += expected.analytics;
    assert.deepEqual(found, expected.analytics ? expected : NONE, text);
  }), { seed: SEED, numRuns: RUNS });
  assert.ok(stored > RUNS / 4, `${stored} of ${RUNS} could be compared`);
});

const SECTIONS = "usnat usca usva usco usut usct usfl usmt usor ustx usde usia usne usnh usnj ustn usmn usmd usin usky usri".split(" ");
const NOTICES = ["SharingNotice", "SaleOptOutNotice", "SharingOptOutNotice", "TargetedAdvertisingOptOutNotice", "ProcessingNotice"];

const OBJECTIONS = ["SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut", "KnownChildSensitiveDataConsents", "Gpc"];

/** The fields of a section that can object to something, as the library names them. */
function objections(section) {
  const model = new GppModel();
  model.setFieldValue(section, "SaleOptOut", 0);
  return Object.keys(model.getSection(section)).filter((name) => [...NOTICES, ...OBJECTIONS].includes(name));
}

test("GPP strings mean what @iabgpp/cmpapi reads in them, section by section and field by field", async () => {
  let compared = 0;
  for (const section of SECTIONS) {
    const names = objections(section);
    assert.ok(names.includes("SaleOptOut") && names.length > 3, `${section}: ${names}`);
    for (const name of names) {
      const model = new GppModel();
      model.setFieldValue(section, "SaleOptOut", 2);
      const before = model.getFieldValue(section, name);
      for (const value of [0, 1, 2]) {
        const said = Array.isArray(before) ? before.with(-1, value) : name === "Gpc" ? value === 1 : value;
        model.setFieldValue(section, name, said);
        const text = model.encode();
        const again = new GppModel(text).getFieldValue(section, name);
        assert.deepEqual(again, said, text);
        const objects = NOTICES.includes(name) ? value === 2 : value === 1;
        const others = objects && !["SaleOptOut", "TargetedAdvertisingOptOut"].includes(name);
        const expected = {
          ...ALL,
          sale_or_share: !(others || (objects && name === "SaleOptOut")),
          advertising: !(others || (objects && name === "TargetedAdvertisingOptOut")),
        };
        assert.deepEqual(await read({ gpp: text }, "US"), expected, `${section} ${name} ${JSON.stringify(said)}: ${text}`);
        compared += 1;
      }
    }
  }
  assert.ok(compared > 300, `${compared} compared`);
});

test("several sections of one GPP string, a European among them, and US Privacy", async () => {
  const consents = Array.from({ length: 24 }, (_, index) => index < 11);
  const text = gppString([["tcfeuv2", "PurposeConsents", consents], ["uspv1", "Notice", "Y"], ["uspv1", "OptOutSale", "N"], ["uspv1", "LspaCovered", "N"], ["usmd", "TargetedAdvertisingOptOut", 1]]);
  assert.deepEqual(await read({ gpp: text }, "DE"), { ...ALL, advertising: false });
  const out = gppString([["uspv1", "Notice", "Y"], ["uspv1", "OptOutSale", "Y"], ["uspv1", "LspaCovered", "N"]]);
  assert.deepEqual(await read({ gpp: out }, "US"), { ...ALL, advertising: false, sale_or_share: false });
  assert.deepEqual(await read({ gpp: out }, "DE"), NONE, "an American section grants nothing where one is asked first");
  assert.deepEqual(await read({ gpp: `${out}~` }, "US"), NONE, "what can't be read");
});

test("a pixel says it in its query", async () => {
  const device = new Device(edge);
  const query = new URLSearchParams({ writeKey: "demo", anonymousId: device.anonymousId, event: "Product Viewed", messageId: randomUUID(), results: "1" });
  const ask = async (more) => (await edge.fetch(`/pixel/v1/track?${query}${more}`, { headers: at("DE") })).json();
  assert.equal((await ask("")).results[0].code, "consent_denied");
  assert.equal((await ask(`&context.consent.tcf=${tcString({ consents: EVERY })}`)).accepted, 1);
});

test("of people who become one, the most restrictive word counts, until they choose again", async () => {
  const userId = randomUUID();
  const [laptop, phone] = [new Device(edge), new Device(edge)];
  const yes = preferences(true);
  const no = { categoryPreferences: { ...ALL, personalisation: false } };
  await send(phone, "DE", no);
  await send(laptop, "DE", yes);
  assert.equal((await send(laptop, "DE", yes)).decisions[0].offer, "viewed");
  const login = (device, consent) =>
    send(device, "DE", undefined, { event: { type: "identify", userId, messageId: randomUUID(), context: { identityToken: identityToken(userId), consent } } });
  await login(phone, no);
  await login(laptop, yes);
  await until("they are one", async () => (await edge.profile(`user_id:${userId}`))?.computed.events === 5);
  const server = async () => {
    const body = { writeKey: "demo-server", userId, placements: ["hero"] };
    return (await edge.send(body, { path: "/v1/decide" })).answer.decisions[0];
  };
  assert.equal((await edge.profile(`user_id:${userId}`)).consent.purposes.personalisation, false);
  assert.deepEqual([(await send(laptop, "DE", yes)).decisions[0].reason, (await server()).reason], ["everybody", "everybody"]);
  // Who is logged in chooses for all devices.
  const chosen = await send(laptop, "DE", yes, { event: { type: "track", event: CHOICE, userId, messageId: randomUUID() } });
  assert.equal(chosen.decisions[0].offer, "viewed");
  assert.equal((await server()).offer, "viewed");
});

test("a withdrawal is remembered, with nothing else of its event, and only that of the device itself", async () => {
  const device = new Device(edge);
  await send(device, "DE", preferences(true), { event: { ...view(), userId: undefined } });
  const event = () => ({ type: "track", event: CHOICE, messageId: randomUUID(), properties: { secret: "of the event" }, context: { page: { url: "https://secret.example" } } });
  const stranger = Object.assign(new Device(edge, device.anonymousId), { cookie: "" });
  const refused = await send(stranger, "DE", preferences(false), { event: event() });
  assert.equal(refused.results[0].code, "consent_denied");
  assert.equal((await profileOf(device)).consent.purposes.personalisation, true);

  const taken = await send(device, "DE", preferences(false), { event: event() });
  assert.equal(taken.accepted, 1);
  assert.equal(taken.decisions[0].reason, "everybody");
  const profile = await profileOf(device);
  assert.deepEqual(profile.consent.purposes, NONE);
  const [kept] = profile.timeline.events;
  assert.equal(kept.messageId, taken.sent);
  assert.deepEqual(Object.keys(kept).sort(), ["anonymousId", "context", "event", "messageId", "receivedAt", "source", "timestamp", "type"]);
  assert.deepEqual(kept.context, { consent: preferences(false) });
  // Any later decision knows, also for a server that asks; and what is built anew from the archive will.
  const body = { writeKey: "demo-server", anonymousId: device.anonymousId, placements: ["hero"] };
  assert.equal((await edge.send(body, { path: "/v1/decide" })).answer.decisions[0].reason, "everybody");
  const line = await until("it is in the archive", async () => (await archived()).get(taken.sent));
  assert.equal(line.consent.analytics, false);
  assert.ok(!JSON.stringify(line).includes("secret"));
  // Without a past there is nothing to take back.
  const nobody = new Device(edge);
  assert.equal((await send(nobody, "DE", preferences(false), { event: event() })).results[0].code, "consent_denied");
  assert.equal(await profileOf(nobody), null);
});

test("the tag is told where it must ask first", async () => {
  const asked = async (place) => (await edge.send({ writeKey: "demo", minConfig: 0, batch: [] }, { headers: at(place) })).answer.settings;
  assert.deepEqual(await asked("DE"), { consent: "required" });
  assert.deepEqual(await asked("nowhere"), { consent: "required" });
  assert.deepEqual(await asked("US"), {});
});

test("a table with a mistake is not published", async () => {
  const { "sources.json": sources } = shopConfig();
  const files = { "sources.json": sources, "consent.json": { jurisdictions: [{ places: ["Europe"], unlessSaid: {} }] } };
  const response = await edge.admin("/v1/config", { method: "PUT", body: JSON.stringify({ files }) });
  assert.equal(response.status, 422);
  const [{ file, path }] = (await response.json()).errors;
  assert.deepEqual([file, path], ["consent.json", "jurisdictions[0].places[0]"]);
});

test("the edge says that it heeds Global Privacy Control, where the specification has it", async () => {
  const response = await edge.fetch("/.well-known/gpc.json");
  assert.deepEqual([response.status, response.headers.get("content-type"), (await response.json()).gpc], [200, "application/json", true]);
  assert.equal((await edge.fetch("/.well-known/gpc.json", { method: "POST" })).status, 405);
});
