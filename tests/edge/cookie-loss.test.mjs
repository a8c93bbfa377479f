// Browsers give what scripts keep a week; the edge's own cookie stays. Who comes back with that alone is who they were (S57).

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Edge } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

/** What the tag sends of somebody, beside the cookie that the browser has. */
const say = async (anonymousId, { cookie, event = "Seen", properties = {}, context, device } = {}) => {
  const { answer, headers } = await edge.send({
    writeKey: "demo", decide: { placements: ["hero"] },
    batch: [{ type: "track", event, properties, messageId: randomUUID(), anonymousId, context }],
  }, { headers: cookie ? { cookie } : {} });
  assert.equal(answer.device, device ?? "bound");
  const set = headers.get("set-cookie");
  return { answer, set, cookie: set?.split(";")[0] ?? cookie };
};
const LOST = { handover: "" };
const idOf = async (anonymousId) => (await edge.profile(`anonymous_id:${anonymousId}`)).profileId;

test("whoever comes with the cookie and says that all else is gone is who they were, and is shown what is theirs", async () => {
  const [old, now] = [randomUUID(), randomUUID()];
  const shoe = { product_id: "p7", category: "Running shoes" };
  const first = await say(old, { event: "Product Added", properties: shoe });
  const later = await say(now, { cookie: first.cookie, context: LOST });
  assert.equal(await idOf(now), await idOf(old));
  assert.match(later.set, /HttpOnly/);
  assert.equal(later.answer.decisions[0].offer, first.answer.decisions[0].offer);
  assert.notEqual(later.answer.decisions[0].offer, null);
  const ids = (await edge.timeline(`anonymous_id:${old}`)).map(({ event }) => event).sort();
  assert.deepEqual(ids, ["Product Added", "Seen"]);
  assert.equal((await say(now, { cookie: later.cookie })).set, null);
});

test("a reset says nothing of a loss, and is somebody else", async () => {
  const [old, now] = [randomUUID(), randomUUID()];
  const { cookie } = await say(old);
  await say(now, { cookie });
  assert.notEqual(await idOf(now), await idOf(old));
});

test("without a cookie of one's own, or as a device that is another's, nobody becomes another", async () => {
  const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()];
  const first = await say(one);
  await say(two, { context: LOST });
  await say(three, { context: LOST, cookie: `${first.cookie}x` });
  await say(two, { context: LOST, cookie: first.cookie, device: "unbound" });
  assert.equal(new Set(await Promise.all([one, two, three].map(idOf))).size, 3);
});

test("who withdraws keeps no cookie, and is nobody's when they agree again", async () => {
  const [old, now] = [randomUUID(), randomUUID()];
  const { cookie } = await say(old);
  const no = { consent: { categoryPreferences: { analytics: false, personalization: false, advertising: false } } };
  const { headers } = await edge.send({
    writeKey: "demo",
    batch: [{ type: "track", event: "Segment Consent Preference Updated", messageId: randomUUID(), anonymousId: old, context: no }],
  }, { headers: { cookie } });
  assert.match(headers.get("set-cookie"), /^selvedge_device=; Path=\/; Max-Age=0; HttpOnly/);
  await say(now, { context: LOST });
  assert.notEqual(await idOf(now), await idOf(old));
});
