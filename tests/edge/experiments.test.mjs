// Variants: allotted once, written down, kept over login, merge and other weights, given back by an unmerge.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { assertSameAgain } from "../harness/again.mjs";
import { Device, Edge, shopConfig, until } from "../harness/edge.mjs";

const html = (text) => ({ type: "html", html: text });

function config({ weights = [0.5, 0.5], kind } = {}) {
  const files = shopConfig();
  files["placements.json"].placements.push({ id: "tried", name: "" }, { id: "learned", name: "" });
  const variants = ["a", "b"].map((id, n) => ({ id, content: html(id), weight: weights[n] }));
  files["offers/tried.json"] = { id: "tried", name: "Tried", placement: "tried", content: html("own"), variants };
  const goal = { event: "Order Completed" };
  files["offers/learned.json"] = {
    id: "learned", name: "Learned", placement: "learned", content: html("own"),
    variants: [{ id: "x" }, { id: "y" }, { id: "z" }], experiment: { kind: kind ?? "bandit", goal },
  };
  // Like it, for those who come to buy.
  files["placements.json"].placements.push({ id: "bought", name: "" });
  files["offers/bought.json"] = { ...files["offers/learned.json"], id: "bought", placement: "bought" };
  return files;
}

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  await edge.publish(config());
});
after(() => edge.close());

const variant = async (device, placement = "tried") => (await device.send([], [placement])).decisions[0].variant;
const given = (events) => events.filter(({ event }) => event === "Experiment Assigned");

/** A device that gets this variant. */
async function deviceWith(wanted) {
  for (;;) {
    const device = new Device(edge);
    await device.send([{ type: "page" }]);
    if ((await variant(device)) === wanted) return device;
  }
}

test("a variant is written down once, as an event of the person, and the token says which it was", async () => {
  const device = new Device(edge);
  const { decisions } = await device.send([{ type: "page" }], ["tried"]);
  const [decision] = decisions;
  assert.ok(["a", "b"].includes(decision.variant));
  assert.deepEqual([decision.experiment, decision.propensity, decision.content], ["tried", 0.5, html(decision.variant)]);
  const token = JSON.parse(Buffer.from(decision.token.split(".")[0], "base64url"));
  assert.deepEqual([token.d, token.o, token.e, token.n, token.q], [decision.id, "tried", "tried", decision.variant, 0.5]);
  assert.equal(await variant(device), decision.variant);
  const events = await edge.timeline(`anonymous_id:${device.anonymousId}`);
  const [event, ...more] = given(events);
  assert.equal(more.length, 0);
  assert.deepEqual(event.properties, { experiment_id: "tried", variation_id: decision.variant, decision: decision.id, propensity: 0.5 });
  assert.equal(event.anonymousId, device.anonymousId);
});

test("what a client says of a variant counts for nothing", async () => {
  const device = await deviceWith("a");
  const properties = { experiment_id: "tried", variation_id: "b", token: "x.y" };
  await device.send([{ type: "track", event: "Experiment Assigned", properties, timestamp: "2020-01-01T00:00:00Z" }]);
  assert.equal(await variant(device), "a");
});

test("it is kept over other weights, a login and a merge, where the earlier one holds; an unmerge gives it back", async () => {
  const [first, second] = [await deviceWith("a"), await deviceWith("b")];
  await edge.publish(config({ weights: [0, 1] }));
  try {
    assert.equal(await variant(await deviceWith("b")), "b", "whoever is new goes by the new weights");
    assert.deepEqual([await variant(first), await variant(second)], ["a", "b"]);
    const user = randomUUID();
    await first.identify(user);
    assert.equal(await variant(first), "a", "logged in");
    await second.identify(user);
    const one = await until("both are one", async () => {
      const profile = await edge.profile(`user_id:${user}`);
      return profile.merges.length === 1 && profile.pending.length === 0 && profile;
    });
    assert.deepEqual([await variant(first), await variant(second)], ["a", "a"], "the earlier one");
    const message = JSON.stringify({ messageId: one.merges[0].messageId });
    const parted = await edge.admin(`/v1/profiles/user_id:${user}/unmerge`, { method: "POST", body: message });
    assert.equal(parted.status, 200);
    const alone = await until("the second is by itself", async () => {
      const profile = await edge.profile(`anonymous_id:${second.anonymousId}`);
      return profile && profile.profileId !== one.profileId && profile;
    });
    const events = given(await edge.timeline(`id:${alone.profileId}`));
    assert.deepEqual(events.map(({ properties }) => properties.variation_id), ["b"]);
    const again = await edge.admin("/v1/decide", {
      method: "POST", body: JSON.stringify({ anonymousId: second.anonymousId, placements: ["tried"] }),
    });
    assert.equal((await again.json()).decisions[0].variant, "b");
  } finally {
    await edge.publish(config());
  }
});

test("a server's decision is written down like a page's", async () => {
  const device = new Device(edge);
  const user = randomUUID();
  await device.identify(user);
  const headers = { authorization: `Basic ${Buffer.from("demo-server:").toString("base64")}` };
  const body = JSON.stringify({ userId: user, placements: ["tried"] });
  const { decisions } = await (await edge.fetch("/v1/decide", { method: "POST", body, headers })).json();
  const [event] = given(await edge.timeline(`user_id:${user}`));
  assert.deepEqual([event.properties.variation_id, event.source], [decisions[0].variant, "pos"]);
  assert.equal(await variant(device), decisions[0].variant);
});

test("a bandit that knows nothing yet gives each variant its part, and says with which probability", async () => {
  const device = new Device(edge);
  await device.send([{ type: "page" }]);
  const counts = { x: 0, y: 0, z: 0 };
  for (let n = 0; n < 60; n += 1) {
    const { decisions } = await device.send([], ["learned"]);
    counts[decisions[0].variant] += 1;
    assert.ok(Math.abs(decisions[0].propensity - 1 / 3) < 0.001);
  }
  assert.ok(Object.values(counts).every((count) => count >= 5), JSON.stringify(counts));
  assert.equal(given(await edge.timeline(`anonymous_id:${device.anonymousId}`)).length, 0, "each decision is drawn anew");
});

test("a bandit learns from what is seen and bought, each decision once, and shows the better variant within a minute", async (t) => {
  const bought = { x: 0, y: 0, z: 0 };
  const visit = async () => {
    const device = new Device(edge);
    const { decisions: [{ token, variant: shown }] } = await device.send([{ type: "page" }], ["bought"]);
    const seen = { type: "track", event: "Promotion Viewed", properties: { token } };
    // Seen twice, and bought twice: that is once.
    await device.send([seen, seen]);
    if (shown === "y") await device.send([1, 2].map((n) => ({ type: "track", event: "Order Completed", properties: { order_id: `${token}-${n}`, total: 20 } })));
    bought[shown] += 1;
  };
  for (let n = 0; n < 60; n += 1) await visit();
  const asker = new Device(edge);
  await asker.send([{ type: "page" }]);
  const better = await until("the better variant is known", async () => {
    const { decisions: [decision] } = await asker.send([], ["bought"]);
    return decision.variant === "y" && decision.propensity > 0.9 && decision;
  }, { every: 500 });
  // The floor: no variant is given up.
  assert.ok(better.propensity <= 0.98 + 1e-9, `${better.propensity}`);
  assert.ok(Object.values(bought).every((count) => count > 0));

  // An admin is told what was known, and from that the same is drawn again.
  const told = async () => {
    const body = JSON.stringify({ anonymousId: asker.anonymousId, placements: ["bought", "tried", "learned"] });
    return (await edge.admin("/v1/decide", { method: "POST", body })).json();
  };
  const converted = ({ why }) => why.answers.odds.bought[1].reduce((sum, [, odds]) => sum + odds.converted, 0);
  const all = () => until("all of it is known", async () => converted(await told()) === bought.y, { within: 60_000, every: 250 });
  await all();
  await assertSameAgain(edge, await Promise.all([told(), told(), told()]));
  // What comes after that gets there within a minute, too.
  const before = bought.y;
  while (bought.y === before) await visit();
  const began = Date.now();
  await all();
  t.diagnostic(`from a conversion to the posteriors that have it: ${Date.now() - began} ms`);
});
