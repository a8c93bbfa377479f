// What experiments have shown: people counted once, with what they did in time, over merges, refunds and erasures.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Edge, Device, shopConfig, until } from "../harness/edge.mjs";

const html = (text) => ({ type: "html", html: text });
const auth = { authorization: `Basic ${Buffer.from("demo-server:").toString("base64")}` };

let edge;
/** Who came to the experiment that most of this is about. */
let inSplit = 0;
before(async () => {
  const files = shopConfig();
  const goal = { event: "Order Completed", where: { coupon: "spring" }, within: { hours: 1 } };
  const offer = (id, experiment) => ({
    id, name: id, placement: id, content: html("own"), experiment,
    variants: [{ id: "plain", content: html("plain") }, { id: "badge", content: html("badge") }],
  });
  for (const id of ["split", "held", "bandit", "aimless"]) files["placements.json"].placements.push({ id, name: "" });
  files["offers/split.json"] = offer("split", { goal });
  files["offers/held.json"] = offer("held", { goal, holdout: { share: 0.5 } });
  files["offers/bandit.json"] = offer("bandit", { goal, kind: "bandit" });
  files["offers/aimless.json"] = offer("aimless", {});
  edge = await Edge.start({ config: false });
  await edge.publish(files);
});
after(() => edge.close());

const read = async (key) => {
  const response = await edge.admin(`/v1/experiments/${key}`);
  assert.equal(response.status, 200);
  return response.json();
};
const arm = ({ results }, variant) => results.arms.find((one) => one.variant === variant);

/** Somebody whom a server knows, in an experiment. */
async function person(placement) {
  const userId = randomUUID();
  await send([{ type: "page", userId, messageId: randomUUID() }]);
  const response = await edge.fetch("/v1/decide", { method: "POST", headers: auth, body: JSON.stringify({ userId, placements: [placement] }) });
  const { decisions: [decision] } = await response.json();
  if (placement === "split") inSplit += 1;
  return { userId, variant: decision?.variant };
}

const order = (userId, properties, more = {}) => ({ type: "track", event: "Order Completed", userId, messageId: randomUUID(), properties: { order_id: randomUUID(), coupon: "spring", ...properties }, ...more });
const send = (batch) => edge.send({ writeKey: "demo-server", batch });

/** People until each of these variants has so many. */
async function people(placement, wanted) {
  const found = Object.fromEntries(Object.keys(wanted).map((variant) => [variant, []]));
  for (;;) {
    const short = Object.entries(wanted).some(([variant, many]) => found[variant].length < many);
    if (!short) return found;
    const { userId, variant } = await person(placement);
    found[variant]?.push(userId);
  }
}

test("each person counts once, with the orders of the time that the goal gives, less what was given back", async () => {
  const { plain, badge } = await people("split", { plain: 3, badge: 3 });
  const late = { timestamp: new Date(Date.now() - 3_600_000).toISOString() };
  const refunded = order(badge[1], { total: 30 });
  await send([
    order(plain[0], { total: 20 }), order(plain[0], { total: 5 }),
    // No goal, and money all the same; before it began, and neither.
    order(plain[1], { total: 7, coupon: "none" }), order(plain[2], { total: 100 }, late),
    order(badge[0], { total: 40.5 }), refunded,
    { type: "track", event: "Order Refunded", userId: badge[1], messageId: randomUUID(), properties: { order_id: refunded.properties.order_id, total: 10 } },
  ]);
  const shown = await until("all are counted", async () => {
    const shown = await read("split");
    return arm(shown, "badge").revenue.total === 60.5 && arm(shown, "plain").revenue.total === 32 && shown;
  });
  assert.deepEqual([arm(shown, "plain").counted.converted, arm(shown, "badge").counted.converted], [1, 2]);
  assert.equal(arm(shown, "plain").counted.n >= 3 && arm(shown, "badge").counted.n >= 3, true);
  assert.deepEqual([shown.results.unit, shown.results.control, shown.results.verdict.code], ["people", "plain", "too_early"]);
  assert.match(shown.results.verdict.text, /at least 100 people, of which 10 reach the goal/);

  const erased = await edge.admin(`/v1/profiles/user_id:${badge[0]}/erase`, { method: "POST", body: "{}" });
  assert.ok(erased.ok, `${erased.status}`);
  inSplit -= 1;
  await until("whoever was erased counts no more", async () => {
    const shown = await read("split");
    const { counted, revenue } = arm(shown, "badge");
    return arm(shown, "plain").counted.n + counted.n === inSplit && counted.converted === 1 && revenue.total === 20;
  });
});

test("two devices that turn out to be one person are one person, with the variant that came first", async () => {
  const device = async (wanted) => {
    for (;;) {
      const device = new Device(edge);
      const { decisions: [{ variant }] } = await device.send([{ type: "page" }], ["split"]);
      inSplit += 1;
      if (variant === wanted) return device;
    }
  };
  const [first, second] = [await device("plain"), await device("badge")];
  const all = async () => Object.fromEntries((await read("split")).results.arms.map(({ variant, counted }) => [variant, counted.n]));
  const known = await until("all who came are counted", async () => {
    const now = await all();
    return now.plain + now.badge === inSplit && now;
  }, { every: 300 });
  const user = randomUUID();
  await first.identify(user);
  await second.identify(user);
  await until("they are one", async () => {
    const now = await all();
    return now.plain === known.plain && now.badge === known.badge - 1;
  }, { every: 300 });
});

test("whoever is held out is compared with; a bandit is told by decisions; without a goal nothing is said", async () => {
  const held = await until("both kinds", async () => {
    for (let n = 0; n < 8; n += 1) await person("held");
    const shown = await read("held");
    return arm(shown, "$holdout").counted.n > 2 && arm(shown, "plain").counted.n > 0 && shown;
  });
  assert.equal(held.results.control, "$holdout");
  assert.deepEqual(held.results.arms.map(({ variant }) => variant), ["plain", "badge", "$holdout"]);
  const bandit = await read("bandit");
  assert.deepEqual([bandit.results.unit, bandit.results.verdict.code, bandit.experiment.kind], ["decisions", "too_early", "bandit"]);
  assert.equal((await read("aimless")).results.verdict.code, "no_goal");
  // What each offer brings is told of all at once, too.
  const { experiments } = await (await edge.admin("/v1/experiments?lifts=1")).json();
  assert.deepEqual(Object.fromEntries(experiments.map(({ key, lift }) => [key, lift])), {
    aimless: null, bandit: null, held: held.results.lift, split: (await read("split")).results.lift,
  });
  assert.equal(held.results.lift.control, "$holdout");
});

test("what there is not is said, with where to look", async () => {
  const missing = await edge.admin("/v1/experiments/nothing");
  assert.equal(missing.status, 404);
  assert.match((await missing.json()).message, /GET \/v1\/experiments lists them/);
  const { experiments } = await (await edge.admin("/v1/experiments")).json();
  assert.deepEqual(experiments.map(({ key }) => key), ["aimless", "bandit", "held", "split"]);
});
