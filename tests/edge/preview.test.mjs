// Drafts: what is not published is shown to whoever has the link, and to nobody else; and what anybody would see, and why.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, shopConfig, until } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const html = (text) => ({ type: "html", html: text });
const draftFiles = () => ({
  ...shopConfig(),
  "offers/draft.json": { id: "draft", name: "Draft", placement: "hero", priority: 1000, audience: "greeted", content: html("For {{ traits.city | default('you') }}") },
  // Nothing published counts this event.
  "segments/greeted.json": { id: "greeted", name: "Greeted", rule: { performed: { event: "Greeted" } } },
});
const post = async (path, body, headers) => {
  const response = await edge.admin(path, { method: "POST", body: JSON.stringify(body), ...(headers && { headers }) });
  return { status: response.status, ...(await response.json()) };
};
const draft = async (files = draftFiles(), more = {}) => (await post("/v1/drafts", { files, ...more })).token;
const version = async () => (await (await edge.admin("/v1/config")).json()).version;

/** What a device is shown in the hero, with the token of a preview or without. */
async function hero(device, preview, batch = []) {
  const body = { writeKey: "demo", anonymousId: device.anonymousId, batch, preview, decide: { placements: ["hero"] } };
  const { answer, headers } = await edge.send(body, { headers: device.cookie ? { cookie: device.cookie } : {} });
  const set = headers.get("set-cookie");
  if (set) device.cookie = set.split(";")[0];
  return answer.decisions[0];
}

test("whoever has the link is shown the draft, by what they have done, and nobody else is; nothing is published", async () => {
  const before = await version();
  const [marketer, other] = [new Device(edge), new Device(edge)];
  for (const device of [marketer, other]) await device.send([{ type: "track", event: "Greeted" }], ["hero"]);
  const token = await draft();
  const decision = await hero(marketer, token);
  assert.equal(decision.offer, "draft");
  assert.equal(decision.content.html, "For you");
  assert.equal(decision.token, undefined, "what comes back of it counts nowhere");
  assert.notEqual((await hero(other)).offer, "draft");
  assert.notEqual((await hero(marketer)).offer, "draft", "without the token");
  for (const wrong of ["", "x", `${token}x`, token.replace(/^./u, "Z")]) assert.notEqual((await hero(marketer, wrong)).offer, "draft", wrong);
  assert.equal(await version(), before);
});

test("an event that comes with the request of a preview is recorded, and decided by", async () => {
  const device = new Device(edge);
  await device.send([{ type: "page" }], ["hero"]);
  const token = await draft();
  assert.notEqual((await hero(device, token)).offer, "draft");
  const greeted = { type: "track", event: "Greeted", messageId: randomUUID(), anonymousId: device.anonymousId };
  assert.equal((await hero(device, token, [greeted])).offer, "draft");
  assert.equal((await edge.timeline(`anonymous_id:${device.anonymousId}`)).filter(({ event }) => event === "Greeted").length, 1);
});

test("an experiment in a draft gives nobody a variant for good, and its caps are not spent", async () => {
  const files = shopConfig();
  const variants = [{ id: "a", content: html("A") }, { id: "b", content: html("B") }];
  files["offers/draft.json"] = { id: "draft", name: "Draft", placement: "hero", priority: 1000, content: html(""), variants, caps: { all: { campaign: 1 } } };
  const token = await draft(files);
  const device = new Device(edge);
  await device.send([{ type: "page" }], ["hero"]);
  for (let n = 0; n < 3; n += 1) assert.equal((await hero(device, token)).offer, "draft");
  assert.deepEqual((await edge.timeline(`anonymous_id:${device.anonymousId}`)).map(({ type }) => type), ["page"]);
});

test("a preview ends", async () => {
  const device = new Device(edge);
  await device.send([{ type: "track", event: "Greeted" }], ["hero"]);
  const end = Date.now() + 5_000;
  const token = await draft(draftFiles(), { until: new Date(end).toISOString() });
  assert.equal((await hero(device, token)).offer, "draft");
  // Not a moment longer than it was said to.
  await until("its time is over", () => Date.now() >= end);
  assert.notEqual((await hero(device, token)).offer, "draft");
  const { status, code } = await post("/v1/preview", { segments: [], draft: token });
  assert.deepEqual([status, code], [404, "draft_not_found"]);
});

test("only an editor makes one, of files that are right, for a day at most", async () => {
  const { key } = await post("/v1/keys", { name: "Vic", role: "viewer" });
  const as = { authorization: `Bearer ${key}` };
  assert.equal((await post("/v1/drafts", { files: draftFiles() }, as)).status, 403);
  assert.equal((await post("/v1/preview", { segments: [] }, as)).status, 200);
  const { "placements.json": _, ...files } = draftFiles();
  const wrong = await post("/v1/drafts", { files });
  assert.equal(wrong.status, 422);
  assert.ok(wrong.errors.length > 0);
  for (const until of ["soon", new Date(Date.now() - 1000).toISOString(), new Date(Date.now() + 25 * 3_600_000).toISOString()]) {
    assert.equal((await post("/v1/drafts", { files: draftFiles(), until })).status, 400, until);
  }
});

test("what somebody would see is said with why, by what is published and by a draft, and nothing is written", async () => {
  const device = new Device(edge);
  const added = { type: "track", event: "Product Added", properties: { product_id: "skylark-4", category: "Running shoes", price: 149, quantity: 1 } };
  await device.send([{ type: "track", event: "Greeted" }, added], ["hero"]);
  const profile = `anonymous_id:${device.anonymousId}`;
  const before = await edge.profile(profile, "?limit=500");
  const published = await post("/v1/preview", { profile });
  const all = shopConfig()["placements.json"].placements.map(({ id }) => id);
  assert.deepEqual(published.decisions.map(({ placement }) => placement), all);
  assert.equal(published.draft, false);
  const won = (answer) => Object.fromEntries(answer.why.placements.map(({ placement, considered }) => [placement, considered.find(({ by }) => by === "won")?.offer]));
  assert.equal(won(published).hero, "running-week");
  const token = await draft();
  const drafted = await post("/v1/preview", { profile, draft: token });
  assert.equal(won(drafted).hero, "draft");
  assert.equal(drafted.why.placements[0].considered.find(({ offer }) => offer === "running-week").by, "beaten");
  assert.equal(drafted.draft, true);
  assert.ok(drafted.decisions.every((decision) => !("token" in decision)));
  assert.deepEqual(await edge.profile(profile, "?limit=500"), before);
});

test("whoever is in a segment is shown what it is for, and nobody is looked at", async () => {
  const token = await draft();
  const of = async (segments) => (await post("/v1/preview", { segments, draft: token, placements: ["hero"] })).decisions[0].offer;
  assert.equal(await of(["greeted"]), "draft");
  assert.notEqual(await of([]), "draft");
});

test("nobody is made by being asked for", async () => {
  for (const profile of ["email:nobody@example.com", `id:${"0".repeat(32)}`]) {
    assert.deepEqual(await post("/v1/preview", { profile }).then(({ status, code }) => [status, code]), [404, "profile_not_found"], profile);
  }
  for (const body of [{}, { profile: "email:a@b.de", segments: [] }, { segments: [], at: "soon" }]) {
    assert.equal((await post("/v1/preview", body)).status, 400, JSON.stringify(body));
  }
});
