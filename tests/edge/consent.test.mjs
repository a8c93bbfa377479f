// What a person allowed: nothing is stored, and no profile used, beyond it.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, shopConfig } from "../harness/edge.mjs";

const EVERYTHING = { analytics: true, personalisation: true, advertising: true, sale_or_share: true };

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  const { "sources.json": { sources } } = shopConfig();
  const strict = { ...sources[0], id: "strict", writeKey: "strict" };
  delete strict.consent;
  const heeding = { ...sources[0], id: "heeding", writeKey: "heeding", consent: { ...sources[0].consent, gpc: "refuse", dnt: "refuse" } };
  await edge.publish({
    "sources.json": { sources: [...sources, strict, heeding] },
    "placements.json": { placements: [{ id: "hero", name: "Hero" }, { id: "strip", name: "Strip" }] },
    "segments/viewers.json": { id: "viewers", name: "", rule: { performed: { event: "Product Viewed" } } },
    "offers/viewed.json": { id: "viewed", name: "", placement: "hero", audience: "viewers", priority: 2, content: html("viewed") },
    "offers/strip-viewed.json": { id: "strip-viewed", name: "", placement: "strip", audience: "viewers", content: html("strip") },
    "offers/everybody.json": { id: "everybody", name: "", placement: "hero", content: html("everybody") },
  });
});
after(() => edge.close());

const html = (text) => ({ type: "html", html: text });
const consent = (categoryPreferences) => ({ consent: { categoryPreferences } });
const view = (more = {}) => ({ type: "track", event: "Product Viewed", messageId: randomUUID(), ...more });
const shown = (answer) => answer.decisions.map(({ offer, reason }) => [offer, reason]);
const PERSONAL = [["viewed", "audience"], ["strip-viewed", "audience"]];
const IMPERSONAL = [["everybody", "everybody"], [null, "no_consent"]];

/** Sends as a browser does, with what the batch says for all. */
async function send(device, events, { writeKey = "demo", context, headers = {} } = {}) {
  const batch = events.map((event) => ({ anonymousId: device.anonymousId, ...event }));
  const decide = { placements: ["hero", "strip"] };
  const body = { writeKey, context, batch, decide, anonymousId: device.anonymousId };
  const cookie = device.cookie ? { cookie: device.cookie } : {};
  const sent = await edge.send(body, { headers: { ...cookie, ...headers } });
  assert.equal(sent.status, 200);
  device.cookie = sent.headers.get("set-cookie")?.split(";")[0] ?? device.cookie;
  return sent.answer;
}

const profileOf = (device) => edge.profile(`anonymous_id:${device.anonymousId}`);

test("where the source allows nothing and the person says nothing, nothing is stored", async () => {
  const device = new Device(edge);
  const event = view({ anonymousId: device.anonymousId });
  const { status, headers, answer } = await edge.send({ writeKey: "strict", batch: [event, view()] });
  assert.equal(status, 200);
  assert.deepEqual([answer.accepted, answer.rejected], [0, 2]);
  assert.deepEqual(answer.results.map((result) => result.code), ["consent_denied", "no_user_anon_id"]);
  assert.equal(answer.results[0].messageId, event.messageId);
  assert.equal(await profileOf(device), null);
  assert.equal(headers.get("set-cookie"), null);
});

test("without consent for anything no device cookie is set, also when decisions are asked for", async () => {
  const device = new Device(edge);
  const answer = await send(device, [view()], { writeKey: "strict" });
  assert.deepEqual(answer.decisions.map((decision) => decision.offer), ["everybody", null]);
  assert.equal(device.cookie, "");
  assert.equal(await profileOf(device), null);
});

test("a person's own yes counts where the source allows nothing", async () => {
  const device = new Device(edge);
  const context = consent({ analytics: true, personalisation: true });
  const answer = await send(device, [view()], { writeKey: "strict", context });
  assert.equal(answer.accepted, 1);
  assert.deepEqual(shown(answer), PERSONAL);
  assert.equal((await profileOf(device)).timeline.events.length, 1);
});

test("a no to analytics keeps this event out and the others in", async () => {
  const device = new Device(edge);
  const denied = view({ context: consent({ analytics: false, personalisation: true }) });
  const allowed = view({ context: consent({ analytics: true }) });
  const answer = await send(device, [denied, allowed, view()]);
  assert.deepEqual(answer.results.map((result) => result.code ?? result.outcome), ["consent_denied", "accepted", "accepted"]);
  const { timeline, computed } = await profileOf(device);
  assert.deepEqual(timeline.events.map((event) => event.messageId).includes(denied.messageId), false);
  assert.equal(timeline.events.length, 2);
  assert.equal(computed.events, 2);
});

test("a no to analytics for the whole batch is overruled by an event's own yes only", async () => {
  const device = new Device(edge);
  const own = view({ context: consent(EVERYTHING) });
  const answer = await send(device, [view(), own], { context: consent({ ...EVERYTHING, analytics: false }) });
  assert.deepEqual(answer.results.map((result) => result.code ?? result.outcome), ["consent_denied", "accepted"]);
  assert.deepEqual((await profileOf(device)).timeline.events.map((event) => event.messageId), [own.messageId]);
});

test("an event that says nothing of consent falls under the batch's no, whatever else it says", async () => {
  const silent = [undefined, null, "text", [], {}, { locale: "de" }, { consent: null }, { consent: {} }, consent(null)];
  for (const context of silent) {
    const answer = await send(new Device(edge), [view({ context })], { context: consent({ analytics: false }) });
    assert.deepEqual(answer.results?.map((result) => result.code), ["consent_denied"], JSON.stringify(context));
  }
});

test("a no to personalisation shows what everybody sees", async () => {
  const device = new Device(edge);
  assert.deepEqual(shown(await send(device, [view()])), PERSONAL);
  const context = consent({ ...EVERYTHING, personalisation: false });
  const answer = await send(device, [view()], { context });
  assert.equal(answer.accepted, 1);
  assert.deepEqual(shown(answer), IMPERSONAL);
  assert.deepEqual(shown(await send(device, [], { context })), IMPERSONAL, "also without an event");
});

test("a no to personalisation counts where an event says it itself", async () => {
  const device = new Device(edge);
  assert.deepEqual(shown(await send(device, [view()])), PERSONAL);
  const said = view({ context: consent({ ...EVERYTHING, personalisation: false }) });
  assert.deepEqual(shown(await send(device, [said])), IMPERSONAL);
});

test("a purpose that is not mentioned is denied", async () => {
  const device = new Device(edge);
  await send(device, [view()]);
  const onlyAnalytics = await send(device, [view()], { context: consent({ analytics: true }) });
  assert.equal(onlyAnalytics.accepted, 1);
  assert.deepEqual(shown(onlyAnalytics), IMPERSONAL);
  const onlyPersonalisation = await send(device, [view()], { context: consent({ personalisation: true }) });
  assert.deepEqual(onlyPersonalisation.results.map((result) => result.code), ["consent_denied"]);
  const nothing = await send(device, [view()], { context: consent({}) });
  assert.deepEqual(nothing.results.map((result) => result.code), ["consent_denied"]);
  assert.deepEqual(shown(nothing), IMPERSONAL);
});

test("only true is a yes", async () => {
  for (const yes of ["true", 1, "yes", null, {}, [true]]) {
    const answer = await send(new Device(edge), [view({ context: consent({ analytics: yes }) })]);
    assert.deepEqual(answer.results.map((result) => result.code), ["consent_denied"], JSON.stringify(yes));
  }
});

test("Global Privacy Control takes away selling, not what the shop does for itself", async () => {
  const device = new Device(edge);
  const answer = await send(device, [view()], { headers: { "sec-gpc": "1" } });
  assert.equal(answer.accepted, 1);
  assert.deepEqual(shown(answer), PERSONAL);
});

test("Global Privacy Control never turns a no into a yes", async () => {
  const device = new Device(edge);
  const answer = await send(device, [view()], { writeKey: "strict", headers: { "sec-gpc": "1" } });
  assert.deepEqual(answer.results.map((result) => result.code), ["consent_denied"]);
  const context = consent({ analytics: true, personalisation: false });
  const said = await send(device, [view()], { context, headers: { "sec-gpc": "1" } });
  assert.deepEqual(said.decisions.map((decision) => decision.offer), ["everybody", null]);
});

test("an event's own no is the last word: nothing is stored, no cookie set, no profile used", async () => {
  const device = new Device(edge);
  const none = { analytics: false, personalisation: false, advertising: false, sale_or_share: false };
  const refused = await device.send([view({ context: consent(none) })], ["hero", "strip"]);
  assert.equal(refused.rejected, 1);
  assert.deepEqual(shown(refused), IMPERSONAL.map(([offer, reason]) => [offer, offer ? reason : refused.decisions[1].reason]));
  assert.equal(device.cookie, "");
  assert.equal(await edge.profile(`anonymous_id:${device.anonymousId}`), null);

  const visitor = new Device(edge);
  await visitor.send([view()]);
  const changed = await visitor.send([view(), view({ context: consent(none) })], ["hero", "strip"]);
  assert.equal(changed.accepted, 1);
  assert.deepEqual(shown(changed), IMPERSONAL);
});

for (const [name, header] of [["Global Privacy Control", "sec-gpc"], ["Do Not Track", "dnt"]])
  test(`where the source takes ${name} for a no, nothing is stored unless the person says yes`, async () => {
    const device = new Device(edge);
    const signal = { writeKey: "heeding", headers: { [header]: "1" } };
    const refused = await send(device, [view()], signal);
    assert.deepEqual([refused.accepted, refused.results[0].code], [0, "consent_denied"]);
    assert.deepEqual(refused.decisions.map((decision) => decision.offer), ["everybody", null]);
    assert.equal(device.cookie, "");
    assert.equal(await profileOf(device), null);
    const said = await send(device, [view()], { ...signal, context: consent({ analytics: true, personalisation: true }) });
    assert.deepEqual([said.accepted, shown(said)], [1, PERSONAL]);
    // Whoever sends no signal is as before, and so is this one elsewhere.
    const elsewhere = new Device(edge);
    assert.equal((await send(elsewhere, [view()], { headers: { [header]: "1" } })).accepted, 1);
    assert.equal((await send(new Device(edge), [view()], { writeKey: "heeding", headers: { [header]: "0" } })).accepted, 1);
  });
