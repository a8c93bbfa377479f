// One action that is captured in two ways is one event: each pair of ways, in both orders.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { TAG } from "./sink.mjs";
import { STUB } from "./stub.mjs";

/** What the page does for a way of capture, when it adds the product or completes the order. */
const WAYS = {
  "a marked element": (event, id) => marked(event, id).click(),
  "a marked form": (event, id) => marked(event, id, "form").requestSubmit(),
  "the dataLayer": (event, id) => dataLayer.push(
    event === "Order Completed"
      ? { event: "purchase", ecommerce: { transaction_id: id, items: [{ item_id: "p1" }] } }
      : { event: "add_to_cart", ecommerce: { items: [{ item_id: id }] } }),
  gtag: (event, id) => gtag(...(event === "Order Completed"
    ? ["event", "purchase", { transaction_id: id, items: [] }] : ["event", "add_to_cart", { items: [{ item_id: id }] }])),
  "a call": (event, id) => void selvedge.track(event, event === "Order Completed" ? { order_id: id } : { product_id: id }),
  "a mapped click": (event, id) => mappedElement(event, id).click(),
  "a mapped form": (event, id) => mappedElement(event, id, "form").requestSubmit(),
};

const PAGE = `<script>
  dataLayer = [];
  function gtag() { dataLayer.push(arguments) }
  function element(attributes, tag = "button") {
    const made = document.body.appendChild(document.createElement(tag));
    made.onsubmit = () => false;
    for (const name in attributes) made.setAttribute(name, attributes[name]);
    return made;
  }
  function marked(event, id, tag) {
    return element({ "data-selvedge-event": event, [event === "Order Completed" ? "data-selvedge-order-id" : "data-selvedge-product-id"]: id }, tag);
  }
  function mappedElement(event, id, tag) { return element({ class: event === "Order Completed" ? "order" : "add", "data-id": id }, tag) }
</script>${TAG}`;

const mapping = ["click", "submit"].flatMap((on) => {
  const tag = on === "submit" ? "form" : "button";
  return [
    { on, selector: `${tag}.add`, event: "Product Added", properties: { product_id: { attribute: "data-id" } } },
    { on, selector: `${tag}.order`, event: "Order Completed", properties: { order_id: { attribute: "data-id" } } },
  ];
});

// Two that are one way: what is said in it twice was done twice.
const SAME = [["the dataLayer", "gtag"], ["a marked element", "a marked form"], ["a mapped click", "a mapped form"]];
const isSame = (...two) => SAME.some((way) => two.every((one) => way.includes(one)));
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
        const count = first === second || isSame(first, second) ? 2 : 1;
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

const SYNC = TAG.replace("async ", "");
/** A product is added once, an order is completed once, and another product is added twice; each is said in two ways. */
const SAYS = `<script>
  window.dataLayer = window.dataLayer || [];
  function push(event, ecommerce) { dataLayer.push({ event: event, ecommerce: ecommerce }) }
  selvedge.track("Product Added", { product_id: "p1" });
  push("add_to_cart", { items: [{ item_id: "p1" }, { item_id: "p2" }, { item_id: "p2" }] });
  push("purchase", { transaction_id: "o1", items: [] });
  selvedge.track("Order Completed", { order_id: "o1" });
  selvedge.track("Product Added", { product_id: "p2" });
  selvedge.track("Product Added", { product_id: "p2" });
  said = 1;
</script>`;

for (const [what, held, html] of [
  ["the loader comes", "**/tag.js", `${STUB}${TAG}${SAYS}`],
  ["the tag starts", "**/*.wasm", `<script>dataLayer = []</script>${SYNC}${SAYS}`],
  ["the page is whole, to a dataLayer made after the loader", "**/slow.js", `${SYNC}${SAYS}<script src="/slow.js"></script>`],
  ["the tag starts, to a dataLayer made after the loader", "**/*.wasm", `${SYNC}${SAYS}`],
])
  test(`what is said in two ways three seconds before ${what} is one event`, () =>
    visit(async ({ sink, page }) => {
      sink.pages["/"] = html;
      const held_ = Promise.withResolvers();
      await page.route(held, (route) => held_.promise.then(() => (held.includes("slow") ? route.fulfill({ body: "" }) : route.continue())));
      await page.clock.install();
      await page.goto(sink.url, { waitUntil: "commit" });
      await page.waitForFunction("window.said");
      await page.clock.runFor(3000);
      held_.resolve();
      await page.waitForFunction("selvedge.status === 'ready' && document.readyState === 'complete'");
      await page.evaluate(() => selvedge.track("Done"));
      await sink.until(async () => {
        await page.clock.runFor(500);
        return sink.named("Done").length;
      });
      const said = sink.events.filter(({ event }) => /Added|Completed/.test(event)).map(({ properties }) => properties.product_id ?? properties.order_id);
      assert.deepEqual(said.sort(), ["o1", "p1", "p2", "p2"]);
    }));

test("a view that the page describes is one event with that which anybody else says, by whatever way", () =>
  visit(async ({ sink, context, open }) => {
    const described = '<script type="application/ld+json">{ "@type": "Product", "sku": "p7", "name": "Skylark" }</script>';
    const asking = TAG.replace("data-write-key", 'data-capture="products" data-write-key');
    sink.answer = ({ minConfig }) => ({
      configVersion: 1,
      ...(minConfig < 1 && { settings: { mapping: [{ on: "view", selector: ".product", event: "Product Viewed", properties: { product_id: { attribute: "id" } } }] } }),
    });
    const ways = {
      described: "",
      pushed: '<script>dataLayer = [{ event: "view_item", ecommerce: { items: [{ item_id: "7" }] } }]</script>',
      called: `${STUB}<script>selvedge.track("Product Viewed", { product_id: "7" })</script>`,
      mapped: '<p class="product" id="7">Skylark</p>',
      twice: `<p class="product" id="7">Skylark</p>${STUB}<script>selvedge.track("Product Viewed", { product_id: "7" })</script>`,
    };
    for (const way in ways) sink.pages[`/${way}`] = `${described}${ways[way]}${asking}`;
    await context.clock.install();
    const passes = (condition) => sink.until(async () => (await context.clock.runFor(500), condition()));
    const pages = await Promise.all(Object.keys(ways).map(async (way) => {
      const page = await open();
      await page.goto(`${sink.url}/${way}`);
      return page;
    }));
    const viewed = () => new Set(sink.named("Product Viewed").map(({ context }) => context.page.path));
    await passes(() => viewed().size === pages.length);
    // Whatever waits has had its time.
    await context.clock.runFor(10_000);
    await Promise.all(pages.map((page) => page.evaluate(() => void selvedge.track("Done"))));
    await passes(() => sink.named("Done").length === pages.length);
    const views = sink.named("Product Viewed").map(({ context, properties }) => `${context.page.path} ${properties.product_id}`);
    assert.deepEqual(views.sort(), ["/called 7", "/described p7", "/mapped 7", "/pushed 7", "/twice 7"]);
  }));
