// What people do in a shop: one cart on all of somebody's devices, orders, and the segments and offers that read them.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, shopConfig, until } from "../harness/edge.mjs";

const segment = (id, traits) => ({ id, name: id, rule: { traits } });

function config() {
  const files = shopConfig();
  files["placements.json"].placements.push({ id: "cart-offer", name: "Beside the cart" });
  files["segments/full-cart.json"] = segment("full-cart", { "computed.cart.value": { $gt: 100 } });
  files["segments/shoes-in-cart.json"] = segment("shoes-in-cart", { "computed.cart.items": { $elemMatch: { category: "Shoes" } } });
  const spent = { "computed.revenue": { $gte: 150 }, "computed.lastOrder.products": { $in: ["socks"] } };
  files["segments/spent.json"] = segment("spent", spent);
  const content = { type: "json", json: "free delivery" };
  files["offers/cart-offer.json"] = { id: "cart-offer", name: "Free delivery", placement: "cart-offer", audience: "full-cart", content };
  return files;
}

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  await edge.publish(config());
});
after(() => edge.close());

const ago = (seconds) => new Date(Date.now() - seconds * 1_000).toISOString();
const track = (event, properties, more = {}) => ({ type: "track", event, properties, ...more });
const offered = (answer) => answer.decisions.map(({ offer }) => offer);
const inside = (profile) => profile.segments.map(({ id }) => id).sort();
const lines = (profile) => profile.computed.cart.items.map(({ product_id, quantity }) => [product_id, quantity]);

const shoes = { product_id: "shoes", name: "Runner", category: "Shoes", price: "89.90", quantity: 1, currency: "EUR" };
const socks = { item_id: "socks", item_name: "Wool socks", item_category: "Clothes", item_category2: "Socks", price: 9.9, quantity: "3" };

test("a cart that two devices have filled is one after the login, decides at once, and an order empties it", async () => {
  const [phone, laptop] = [new Device(edge), new Device(edge)];
  const user = randomUUID();
  await phone.identify(user);
  const first = await phone.send([track("Product Viewed", shoes), track("Product Added", { ...shoes, cart_id: "c-1" })], ["cart-offer"]);
  assert.deepEqual(offered(first), [null], "89.90 is not enough");
  // The laptop is nobody's yet, and words things as GA4 does.
  const items = [socks, { item_id: "hat", price: 15 }];
  const alone = await laptop.send([track("add_to_cart", { ecommerce: { currency: "EUR", items } })], ["cart-offer"]);
  assert.deepEqual(offered(alone), [null], "44.70 is not, either");
  await laptop.identify(user);
  const one = await until("both carts are one", async () => {
    const profile = await edge.profile(`user_id:${user}`);
    return profile.pending.length === 0 && profile.computed.cart.items.length === 3 && profile;
  });
  const { updatedAt, items: together, ...cart } = one.computed.cart;
  assert.deepEqual(cart, { cart_id: "c-1", value: 134.6, currency: "EUR", quantity: 5 });
  assert.deepEqual(together.map(({ product_id, category, price, quantity }) => [product_id, category, price, quantity]),
    [["shoes", "Shoes", 89.9, 1], ["socks", "Clothes/Socks", 9.9, 3], ["hat", undefined, 15, 1]]);
  assert.ok(Date.parse(updatedAt) <= Date.now());
  assert.deepEqual(one.computed.lastViewed.map(({ product_id, name }) => [product_id, name]), [["shoes", "Runner"]]);
  assert.deepEqual(inside(one), ["full-cart", "shoes-in-cart"]);
  assert.deepEqual(offered(await phone.send([], ["cart-offer"])), ["cart-offer"], "the phone sees what the laptop added");

  const removed = await laptop.send([track("Product Removed", { product_id: "shoes" })], ["cart-offer"]);
  assert.deepEqual(offered(removed), [null], "the visitor's own last event is part of the decision");
  const back = await phone.send([track("Added Product", { id: "shoes", category: "Shoes", price: 89.9 })], ["cart-offer"]);
  assert.deepEqual(offered(back), ["cart-offer"]);

  // Browser and server report the same order; what was put in before it, and arrives after it, is not in the cart.
  const products = [{ product_id: "shoes", category: "Shoes" }, { product_id: "socks", quantity: 3 }];
  const order = { order_id: `o-${user}`, currency: "EUR" };
  const late = ago(1);
  const ordered = await phone.send([track("Order Completed", { ...order, revenue: "150.50", products })], ["cart-offer"]);
  assert.deepEqual(offered(ordered), [null]);
  const reported = [
    track("Product Added", { sku: "late", price: 500 }, { timestamp: late }),
    track("purchase", { transaction_id: order.order_id, ecommerce: { value: 150.5, currency: "EUR" } }),
  ].map((event) => ({ ...event, userId: user, messageId: randomUUID() }));
  assert.equal((await edge.send({ writeKey: "demo-server", batch: reported })).answer.accepted, 2);

  await edge.kill();
  await edge.up();
  const { computed, ...profile } = await edge.profile(`user_id:${user}`);
  assert.deepEqual([computed.cart.items, computed.cart.value, computed.cart.cart_id], [[], 0, null]);
  assert.deepEqual([computed.orders, computed.revenue, computed.averageOrder, computed.revenueByCurrency], [1, 150.5, 150.5, { EUR: 150.5 }]);
  const { at, ...last } = computed.lastOrder;
  assert.equal(at, computed.lastOrderAt);
  const bought = { order_id: order.order_id, value: 150.5, refunded: 0, currency: "EUR", cancelled: false, products: ["shoes", "socks"] };
  assert.deepEqual(last, bought);
  assert.deepEqual(computed.categories, [
    { category: "Clothes/Socks", viewed: 0, added: 1, bought: 0 },
    { category: "Shoes", viewed: 1, added: 2, bought: 1 },
  ]);
  assert.deepEqual(inside(profile), ["spent"]);

  // Part of it is given back, and another cart is begun.
  const after = [track("Order Refunded", { order_id: order.order_id, total: 29.7 }), track("Product Added", { sku: "laces", quantity: 2 })];
  await laptop.send(after);
  const then = await edge.profile(`user_id:${user}`);
  assert.deepEqual([then.computed.orders, then.computed.grossRevenue, then.computed.refunded, then.computed.revenue], [1, 150.5, 29.7, 120.8]);
  assert.deepEqual(lines(then), [["laces", 2]]);
  assert.deepEqual(inside(then), []);
});

test("whatever a shop's event holds, it is taken, and the next one is understood", async () => {
  const user = randomUUID();
  const values = [null, true, [], {}, "NaN", "-inf", 1e308, -1e308, "1e400", "x".repeat(5_000), [[[]]], Array.from({ length: 100 }, (_, n) => ({ product_id: n }))];
  const events = ["Product Viewed", "add_to_cart", "Product Removed", "Cart Viewed", "purchase", "refund"];
  const batch = events.flatMap((event) => values.flatMap((value) => [
    track(event, { product_id: value, price: value, quantity: value, order_id: value, total: value, currency: value }),
    track(event, { ecommerce: value, products: value }),
    track(event, { items: [value, { item_id: "p", price: value, quantity: value }] }),
  ])).map((event) => ({ ...event, userId: user, messageId: randomUUID() }));
  for (let from = 0; from < batch.length; from += 60) {
    const { status, answer } = await edge.send({ writeKey: "demo-server", batch: batch.slice(from, from + 60) });
    assert.equal(status, 200, JSON.stringify(answer));
    assert.equal(answer.rejected, 0, JSON.stringify(answer));
  }
  const whole = track("Cart Viewed", { products: [{ product_id: "p", price: "1.5", quantity: "2" }] });
  await edge.send({ writeKey: "demo-server", batch: [{ ...whole, userId: user, messageId: randomUUID() }] });
  const { computed } = await edge.profile(`user_id:${user}`);
  assert.deepEqual([computed.cart.value, computed.cart.quantity], [3, 2]);
  assert.ok(Number.isFinite(computed.revenue));
});
