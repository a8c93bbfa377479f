// One action that is captured in two ways is one event: each pair of ways, in both orders.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { TAG } from "./sink.mjs";

/** What the page does for a way of capture, when it adds the product or completes the order. */
const WAYS = {
  "a marked element": (event, id) => marked(event, id).click(),
  "the dataLayer": (event, id) => dataLayer.push(
    event === "Order Completed"
      ? { event: "purchase", ecommerce: { transaction_id: id, items: [{ item_id: "p1" }] } }
      : { event: "add_to_cart", ecommerce: { items: [{ item_id: id }] } }),
  gtag: (event, id) => gtag(...(event === "Order Completed"
    ? ["event", "purchase", { transaction_id: id, items: [] }] : ["event", "add_to_cart", { items: [{ item_id: id }] }])),
  "a call": (event, id) => void selvedge.track(event, event === "Order Completed" ? { order_id: id } : { product_id: id }),
  "a mapping": (event, id) => mappedElement(event, id).click(),
};

const PAGE = `<script>
  dataLayer = [];
  function gtag() { dataLayer.push(arguments) }
  function element(attributes) {
    const made = document.body.appendChild(document.createElement("button"));
    for (const name in attributes) made.setAttribute(name, attributes[name]);
    return made;
  }
  function marked(event, id) {
    return element({ "data-selvedge-event": event, [event === "Order Completed" ? "data-selvedge-order-id" : "data-selvedge-product-id"]: id });
  }
  function mappedElement(event, id) { return element({ class: event === "Order Completed" ? "order" : "add", "data-id": id }) }
</script>${TAG}`;

const mapping = [
  { selector: ".add", event: "Product Added", properties: { product_id: { attribute: "data-id" } } },
  { selector: ".order", event: "Order Completed", properties: { order_id: { attribute: "data-id" } } },
];

// gtag and the dataLayer are one way: what is said in it twice was done twice.
const SAME = new Set(["the dataLayer", "gtag"]);
const pairs = Object.keys(WAYS).flatMap((first) => Object.keys(WAYS).filter((second) => second !== first).map((second) => [first, second]));

test("each pair of ways, in each order, for a product and for an order, makes one event; each way twice makes two", () =>
  visit(async ({ sink, page }) => {
    sink.answer = ({ minConfig }) => ({ configVersion: 1, ...(minConfig < 1 && { settings: { mapping } }) });
    sink.pages["/"] = PAGE;
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    await page.waitForFunction(() => performance.getEntriesByType("resource").filter(({ name }) => /tag\/\w+\.js$/.test(name)).length === 2);
    const expected = new Map();
    let number = 0;
    for (const event of ["Product Added", "Order Completed"]) {
      for (const [first, second] of [...pairs, ...Object.keys(WAYS).map((way) => [way, way])]) {
        const id = `x${number++}`;
        const count = first === second || (SAME.has(first) && SAME.has(second)) ? 2 : 1;
        expected.set(id, `${event}, ${first}, ${second}: ${count}`);
        // eslint-disable-next-line no-eval
        for (const way of [first, second]) await page.evaluate(`(${WAYS[way]})(${JSON.stringify(event)}, ${JSON.stringify(id)})`);
      }
    }
    await page.evaluate(() => selvedge.track("Done"));
    await sink.until(() => sink.named("Done").length);
    const counts = {};
    for (const { properties } of sink.events.filter(({ event }) => /Added|Completed/.test(event))) {
      const id = properties.product_id ?? properties.order_id;
      counts[id] = (counts[id] ?? 0) + 1;
    }
    assert.deepEqual([...expected].map(([id, text]) => text.replace(/\d$/, counts[id] ?? 0)), [...expected.values()]);
  }));
