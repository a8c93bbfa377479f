// Golden case S54: a visitor goes from one domain of a site to another by a link with a word of the edge's; nobody goes by another link.

import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, identityToken, shopConfig, until } from "../harness/edge.mjs";

const ONE = "https://www.larkfell.example";
const TWO = "https://outlet.larkfell.example:8443";
const hostOf = (origin) => new URL(origin).host;

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  const files = shopConfig();
  const [shop] = files["sources.json"].sources;
  shop.domains = [hostOf(TWO)];
  files["sources.json"].sources.push({ ...shop, id: "outlet", name: "Outlet", writeKey: "outlet", domains: [hostOf(ONE)] });
  await edge.publish(files);
});
after(() => edge.close());

/** A browser on a page of one of the sites; each site has a cookie of its own. */
class Visitor extends Device {
  constructor(writeKey, origin) {
    super(edge);
    Object.assign(this, { writeKey, origin });
  }

  async post(body, { origin = this.origin, cookie = this.cookie } = {}) {
    const headers = { ...(origin && { origin }), ...(cookie && { cookie }) };
    const sent = await edge.send({ writeKey: this.writeKey, anonymousId: this.anonymousId, ...body }, { path: "/v1/batch?results=1", headers });
    this.cookie = sent.headers.get("set-cookie")?.split(";")[0] ?? this.cookie;
    return sent.answer;
  }

  see(context, more) {
    const event = { type: "page", messageId: randomUUID(), anonymousId: this.anonymousId, context, ...more };
    return this.post({ batch: [event], decide: { placements: ["hero"] } });
  }

  async wordFor(host, more) {
    return (await this.post({ batch: [], handover: host }, more)).handover;
  }
}

const arriving = (handover, referrer = `${ONE}/cart`) => ({ handover, page: { url: `${TWO}/`, referrer } });
const profileOf = ({ anonymousId }) => edge.profile(`anonymous_id:${anonymousId}`);

async function leaving() {
  const leaver = new Visitor("demo", ONE);
  await leaver.see({});
  return leaver;
}

/** Somebody who arrives on the other site with this word; what became of that event. */
async function arrive(word, { referrer, ...more } = {}) {
  const guest = Object.assign(new Visitor("outlet", TWO), more);
  const answer = await guest.see(arriving(word, referrer));
  return { guest, answer, result: answer.results[0] };
}

test("S54: who follows a link with a word of ours is the same person on the other site", async () => {
  const leaver = await leaving();
  const word = await leaver.wordFor(hostOf(TWO));
  const { guest, result } = await arrive(word);
  assert.deepEqual([result.outcome, result.warning], ["accepted", undefined]);
  const profile = await until("they are one", async () => {
    const [one, two] = [await profileOf(leaver), await profileOf(guest)];
    return one && one.profileId === two?.profileId && one;
  });
  const ids = profile.identifiers.map(({ namespace, value, state }) => [namespace, value, state]);
  for (const { anonymousId } of [leaver, guest]) assert.ok(ids.some(([, value, state]) => value === anonymousId && state === "active"));
  assert.ok(!JSON.stringify(await edge.timeline(`anonymous_id:${guest.anonymousId}`)).includes(word), "the word is not stored");
  // What they do here is what they have done there.
  await guest.see({}, { type: "track", event: "Product Added", properties: { product_id: "p7", category: "Running shoes", price: 99, quantity: 1 } });
  const { decisions } = await leaver.see({});
  assert.equal(decisions[0].offer, "running-week");
});

test("a word is given for listed hosts alone, to a device that is proven, on a page that says where it is", async () => {
  const leaver = await leaving();
  assert.ok(await leaver.wordFor(hostOf(TWO)));
  assert.equal(await leaver.wordFor("evil.example"), undefined);
  assert.equal(await leaver.wordFor(7), undefined);
  assert.equal(await leaver.wordFor(hostOf(TWO), { origin: "" }), undefined);
  const stolen = Object.assign(new Visitor("demo", ONE), { anonymousId: leaver.anonymousId });
  assert.equal(await stolen.wordFor(hostOf(TWO), { cookie: "" }), undefined, "whoever only knows the id");
  const refused = { consent: { categoryPreferences: { analytics: false } } };
  assert.equal((await leaver.post({ batch: [], handover: hostOf(TWO), context: refused })).handover, undefined);
});

test("no other link hands anybody over, and why is on record", async () => {
  const leaver = await leaving();
  const word = await leaver.wordFor(hostOf(TWO));
  const [body] = word.split(".");
  const payload = JSON.parse(Buffer.from(body, "base64url"));
  const sealed = (fields, key) => {
    const text = Buffer.from(JSON.stringify({ ...payload, ...fields })).toString("base64url");
    return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
  };
  // The deployment's own key, as the engine derives it: what is over is only over.
  const own = createHmac("sha256", "test-deployment-secret").update("handover").digest();
  const now = Date.now();
  assert.equal(sealed({}, own), word);
  assert.ok(payload.u > now + 290_000 && payload.u <= now + 300_000, "five minutes");
  for (const [what, said, more, code] of [
    ["unsigned", leaver.anonymousId, {}, "handover_unknown"],
    ["signed by somebody else", sealed({}, "guess"), {}, "handover_unknown"],
    ["over", sealed({ u: now - 1 }, own), {}, "handover_expired"],
    ["sent to a victim in a mail", word, { referrer: "" }, "handover_elsewhere"],
    ["on a page of an attacker's", word, { referrer: "https://evil.example/" }, "handover_elsewhere"],
    ["for another site", sealed({ t: "else.example" }, own), {}, "handover_elsewhere"],
    ["from a site that this one does not list", sealed({ f: "https://else.example" }, own), { referrer: "https://else.example/" }, "handover_elsewhere"],
    ["on another page than it says", word, { origin: "https://evil.example" }, "handover_elsewhere"],
  ]) {
    const { guest, result } = await arrive(said, more);
    assert.equal(result.outcome, "accepted", what);
    assert.equal(result.warning?.split(":")[0], code, what);
    assert.deepEqual(result.notIdentifiers.map(({ namespace, reason }) => [namespace, reason]), [["anonymous_id", "handover"]], what);
    const profile = await until("they are somebody", () => profileOf(guest));
    assert.notEqual(profile.profileId, (await profileOf(leaver)).profileId, what);
    assert.ok(profile.notIdentifiers.some(({ reason }) => reason === "handover:anonymous_id"), what);
  }
  const { guest: bound } = await arrive(undefined);
  const thief = Object.assign(new Visitor("outlet", TWO), { anonymousId: bound.anonymousId });
  const { results: [result] } = await thief.see(arriving(word));
  assert.match(result.warning, /^handover_unbound/);
});

test("whoever is somebody else on the other site stays that", async () => {
  const leaver = await leaving();
  await leaver.post({ batch: [{ type: "identify", messageId: randomUUID(), anonymousId: leaver.anonymousId, userId: "first", context: { identityToken: identityToken("first") } }] });
  const guest = new Visitor("outlet", TWO);
  await guest.post({ batch: [{ type: "identify", messageId: randomUUID(), anonymousId: guest.anonymousId, userId: "second", context: { identityToken: identityToken("second") } }] });
  await guest.see(arriving(await leaver.wordFor(hostOf(TWO))));
  await edge.rest();
  const [first, second] = await Promise.all(["first", "second"].map((user) => edge.profile(`user_id:${user}`)));
  assert.notEqual(first.profileId, second.profileId);
});
