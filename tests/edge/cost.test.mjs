// What the shop's story costs: billed operations per event, and dollars per million events at Cloudflare's list price.
//
// The requests are those that the tag makes for a visitor who browses, fills the cart, logs in, and comes back on a
// second device. Prices: https://developers.cloudflare.com/workers/platform/pricing/ (Workers Paid, beyond what is
// included; CPU and memory time are billed too, and not counted here).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Device, Edge, until } from "../harness/edge.mjs";
import { PRICE } from "../harness/prices.mjs";

const budget = JSON.parse(readFileSync(join(import.meta.dirname, "cost-budget.json"), "utf8"));
const VISITORS = 20;

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const page = (path) => ({ type: "page", properties: { path, title: "Shop", url: `https://shop.example${path}` } });
const track = (event, properties) => ({ type: "track", event, properties });
const product = { product_id: "skylark-4", name: "Skylark 4", category: "Running shoes", price: 149, quantity: 1 };

async function visit(customer) {
  const phone = new Device(edge);
  await phone.send([page("/")], ["hero"]);
  await phone.send([page("/products"), track("Product List Viewed", { category: "Running shoes" })], ["hero"]);
  await phone.send([page("/products/skylark-4"), track("Product Viewed", product)], ["hero"]);
  await phone.send([track("Product Added", product)], ["hero"]);
  await phone.send([track("Promotion Viewed", { promotion_id: "running-week", position: "hero" })], ["hero"]);
  await phone.send([page("/cart"), track("Cart Viewed", { products: [product] })], ["hero", "cart-strip"]);
  await phone.identify(customer, { tier: "basic" }, { placements: ["hero"] });
  await phone.send([page("/account")], ["hero"]);
  const laptop = new Device(edge);
  await laptop.send([page("/")], ["hero"]);
  await laptop.identify(customer, { tier: "basic" }, { placements: ["hero"] });
  await laptop.send([page("/"), track("Product Viewed", product)], ["hero"]);
  await laptop.send([page("/checkout"), track("Checkout Started", { value: 149, products: [product] })], ["hero"]);
  await laptop.send([track("Order Completed", { order_id: customer, total: 149, products: [product] })], ["hero"]);
}

test("the shop's story stays within its budget", { timeout: 120_000 }, async () => {
  const start = await edge.usage();
  for (let visitor = 0; visitor < VISITORS; visitor += 1) await visit(`cost-${visitor}`);
  // What follows the answers (outbox, re-pointing, archive) is part of the price: count when nothing moves any more.
  let last = "";
  let quiet = 0;
  await until("everything has come to rest", async () => {
    const { requests, ...now } = await edge.usage();
    const seen = JSON.stringify(now);
    quiet = seen === last ? quiet + 1 : 0;
    last = seen;
    return quiet >= 40 && now.archiveWrites > start.archiveWrites;
  }, { every: 100 });
  const end = await edge.usage();
  const events = end.events - start.events;
  const requests = VISITORS * 13;
  const counted = Object.fromEntries(Object.keys(PRICE).map((name) => [name, end[name] - start[name]]));
  counted.requests = requests; // without the questions about usage that this test asks

  const rows = {};
  let dollars = 0;
  for (const [name, price] of Object.entries(PRICE)) {
    const perEvent = counted[name] / events;
    dollars += perEvent * price;
    rows[name] = {
      "per event": Number(perEvent.toFixed(3)),
      budget: budget.perEvent[name],
      "$ per million events": Number((perEvent * price).toFixed(3)),
    };
  }
  rows.total = { "per event": "", budget: budget.dollarsPerMillionEvents, "$ per million events": Number(dollars.toFixed(2)) };
  console.log(`${VISITORS} visitors, ${requests} requests, ${events} events`);
  console.table(rows);
  assert.equal(events, VISITORS * 18);
  for (const [name, limit] of Object.entries(budget.perEvent)) {
    assert.ok(counted[name] / events <= limit, `${name}: ${counted[name] / events} per event, budget ${limit}`);
  }
  assert.ok(dollars <= budget.dollarsPerMillionEvents, `$${dollars} per million events`);
});
