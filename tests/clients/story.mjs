// What every client is asked to send, and how it must stand on the profile then: nothing lost, nothing changed.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { until } from "../harness/edge.mjs";

/** The key of a source that believes its clients, as those need that know no identity token. */
export const KEY = "clients-open-0000000000000000";

const everything = { analytics: true, personalisation: true, advertising: true, sale_or_share: true };

/** A config with that source. */
export const config = (kind) => ({
  "sources.json": {
    sources: [{ id: "app", name: "App", writeKey: KEY, kind, identity: { mode: "open" }, consent: { default: everything } }],
  },
});

/**
 * One person's story in all six message types: what each call says. `known` are clients that keep the ids themselves and
 * put them on every event.
 */
export function story() {
  const [userId, anonymousId, previousId, groupId] = ["ada", "device", "old", "acme"].map((who) => `${who}-${randomUUID()}`);
  const email = `${userId}@example.com`;
  const traits = {
    email, plan: "pro", seats: 3, vip: true, tags: ["a", "b"], address: { city: "Köln", lines: ["Dom 1", ""] }, quote: "\"\\ \u{1F9F5}",
  };
  const products = [{ product_id: "skylark-4", price: 29.95, quantity: 2 }];
  const order = { order_id: `o-${userId}`, total: 59.9, revenue: 59.9, currency: "EUR", products, empty: "", zero: 0, no: false };
  const context = { app: { name: "Shop", build: "7" }, campaign: { name: "spring", source: "mail" } };
  const integrations = { CRM: false, Salesforce: { lead: true } };
  const ids = { userId, anonymousId };
  const calls = [
    { type: "identify", ...ids, traits, context, integrations },
    { type: "track", ...ids, event: "Order Completed", properties: order, context, integrations },
    { type: "page", ...ids, category: "Shop", name: "Home", properties: { depth: 2 }, context, integrations },
    { type: "screen", ...ids, category: "App", name: "Cart", properties: { rows: [1, 2] }, context, integrations },
    { type: "group", ...ids, groupId, traits: { name: "Acme", employees: 12 }, context, integrations },
    { type: "alias", userId, previousId, context, integrations },
    { type: "track", ...ids, event: "Bought before", properties: { shop: "Köln" }, timestamp: new Date(Date.UTC(2024, 1, 29)), context, integrations },
  ];
  return { ...ids, previousId, groupId, email, traits, calls };
}

/** Waits until the profile has them all, then compares everything with what was said, and with what went over the wire. */
export async function told(edge, tap, { calls, userId, anonymousId, previousId, groupId, email, traits }, { extra = [] } = {}) {
  const count = calls.length + extra.length;
  const name = `user_id:${userId}`;
  const profile = await until(`${count} events on the profile`, async () => {
    const profile = await edge.profile(name);
    return profile?.computed.events >= count && profile.pending.length === 0 && profile;
  }, { within: 30_000 });
  const { orders, revenue, events, currency, cart, lastOrder } = profile.computed;
  const placed = calls.find(({ event }) => event === "Order Completed").properties;
  assert.deepEqual({ orders, revenue, events, currency }, { orders: 1, revenue: 59.9, events: count, currency: "EUR" });
  assert.deepEqual(cart.items, [], "what was ordered is in no cart any more");
  assert.equal(lastOrder.order_id, placed.order_id);
  assert.deepEqual(lastOrder.products, placed.products.map((product) => product.product_id));
  assert.deepEqual(profile.traits, traits);
  assert.deepEqual(profile.accounts.map(({ accountId, until }) => [accountId, until]), [[groupId, null]]);
  const account = await until("the account", async () => {
    const response = await edge.admin(`/v1/accounts/${groupId}`);
    return response.status === 200 && response.json();
  });
  assert.deepEqual(account.traits, { name: "Acme", employees: 12 });
  for (const other of [`anonymous_id:${anonymousId}`, `user_id:${previousId}`, `email:${email}`]) {
    assert.equal((await edge.profile(other))?.profileId, profile.profileId, other);
  }
  assert.deepEqual(profile.refusals, []);

  const stored = await edge.timeline(name);
  assert.equal(new Set(stored.map((event) => event.messageId)).size, count);
  asSaid(stored, calls);
  asSent(stored, tap);
  return stored;
}

/** Each call stands on the timeline, with everything that it said. */
function asSaid(stored, calls) {
  for (const { timestamp, ...said } of calls) {
    const key = said.event ?? said.type;
    const event = stored.find((one) => (one.event ?? one.type) === key);
    // RudderStack's browser client keeps the traits of an identify in its context.
    const shown = said.type === "identify" ? { traits: event.context.traits, ...event } : event;
    assertHas(shown, said, key);
    if (timestamp) {
      // As long ago as it was said to be, by the client's clock when it sent.
      assert.ok(Math.abs(Date.parse(event.timestamp) - timestamp) < 60_000, `${key}: ${event.timestamp}`);
    }
  }
}

function assertHas(actual, expected, path) {
  if (expected === null || typeof expected !== "object" || Array.isArray(expected)) {
    return assert.deepEqual(actual, expected, path);
  }
  for (const [key, value] of Object.entries(expected)) assertHas(actual?.[key], value, `${path}.${key}`);
}

/** What the client wrote is what is stored, field by field; the time is corrected by the client's clock. */
function asSent(stored, tap) {
  const byId = (events) => [...events].sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
  const expected = byId(tap.events).map((event, index) => {
    const { writeKey, sentAt, timestamp, ...body } = event;
    const { receivedAt } = byId(stored)[index];
    const original = Date.parse(body.channel === "server" ? (timestamp ?? body.originalTimestamp) : (body.originalTimestamp ?? timestamp));
    // Customer.io's client for Node says no `sentAt`: its time stands as it is.
    const at = Math.min(Date.parse(receivedAt), sentAt ? Date.parse(receivedAt) - (Date.parse(sentAt) - original) : original);
    return { ...body, timestamp: new Date(at).toISOString(), receivedAt, source: "app" };
  });
  assert.deepEqual(byId(stored), expected);
  const answers = tap.exchanges.filter(({ status, answer }) => status === 200 && answer?.success).map(({ answer }) => answer);
  const sum = (field) => answers.reduce((total, answer) => total + (answer[field] ?? 0), 0);
  assert.deepEqual([sum("accepted"), sum("duplicate"), sum("rejected")], [stored.length, 0, 0]);
  assert.deepEqual(answers.flatMap((answer) => answer.results ?? []), [], "nothing to remark on any event");
}
