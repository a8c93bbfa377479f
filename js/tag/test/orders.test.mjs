// The order that a page confirms in JSON-LD or microdata, where the page asks for it to be read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { TAG, fileOf } from "./sink.mjs";

const asking = (what) => TAG.replace("data-write-key", `data-capture="${what}" data-write-key`);
const ld = (value) => `<script type="application/ld+json">${JSON.stringify(value)}</script>`;
const order = (more) => ({ "@context": "https://schema.org", "@type": "Order", orderNumber: "o-1", priceCurrency: "EUR", price: "158.90", ...more });
const PRODUCT = { "@type": "Product", sku: "p7", name: "Skylark" };

const CONFIRMED = [
  ["offers that were accepted", ld(order({
    orderStatus: "https://schema.org/OrderProcessing", discount: "10", discountCode: "WEEK",
    acceptedOffer: [
      { "@type": "Offer", itemOffered: PRODUCT, price: "139.00", priceCurrency: "EUR", eligibleQuantity: { "@type": "QuantitativeValue", value: "1" } },
      { "@type": "Offer", itemOffered: { "@type": "Product", name: "Sock" }, price: 9.95, eligibleQuantity: { value: 3 } },
    ] })),
    { order_id: "o-1", total: 158.9, discount: 10, coupon: "WEEK", currency: "EUR", products: [
      { product_id: "p7", sku: "p7", name: "Skylark", price: 139, currency: "EUR", quantity: 1 }, { name: "Sock", price: 9.95, quantity: 3 }] }],
  ["items, with an invoice", ld({ "@graph": [{ "@type": "WebSite" }, { "@type": "Order", confirmationNumber: 7, orderedItem: { "@type": "OrderItem", orderQuantity: 2, orderedItem: PRODUCT },
    partOfInvoice: { "@type": "Invoice", totalPaymentDue: { "@type": "MonetaryAmount", value: 278, currency: "CHF" } } }] }),
    { order_id: "7", total: 278, currency: "CHF", products: [{ product_id: "p7", sku: "p7", name: "Skylark", quantity: 2 }] }],
  ["microdata", `<div itemscope itemtype="http://schema.org/Order"><b itemprop="orderNumber">o-3</b><meta itemprop="priceCurrency" content="EUR"><i itemprop="price" content="20.5">20,50</i>
    <p itemprop="acceptedOffer" itemscope itemtype="http://schema.org/Offer"><span itemprop="itemOffered" itemscope itemtype="http://schema.org/Product"><i itemprop="sku">a</i></span><i itemprop="price">5</i></p>
    <p itemprop="acceptedOffer" itemscope itemtype="http://schema.org/Offer"><span itemprop="itemOffered" itemscope itemtype="http://schema.org/Product"><i itemprop="sku">b</i></span><i itemprop="price">15.5</i></p></div>`,
    { order_id: "o-3", total: 20.5, currency: "EUR", products: [{ product_id: "a", sku: "a", price: 5 }, { product_id: "b", sku: "b", price: 15.5 }] }],
];

const NOTHING = {
  "a page that doesn't ask": `${ld(order())}${asking("products")}`,
  "a list of orders": `${ld(order())}${ld(order({ orderNumber: "o-2" }))}${asking("orders")}`,
  "an order that was cancelled": `${ld(order({ orderStatus: "https://schema.org/OrderCancelled" }))}${asking("orders")}`,
  "an order without a number": `${ld(order({ orderNumber: undefined }))}${asking("orders")}`,
};

/** Opens pages at once; all that may come of them has come when it ends. */
const open = async ({ sink, context, open }, pages) => {
  await context.clock.install();
  const passes = (condition) => sink.until(async () => (await context.clock.runFor(500), condition()));
  const opened = await Promise.all(pages.map(async (html, at) => {
    sink.pages[`/${at}`] = html;
    const page = await open();
    const reader = page.waitForEvent("requestfinished", (request) => request.url().endsWith(fileOf("reader")));
    await page.goto(`${sink.url}/${at}`);
    await page.waitForFunction("window.selvedge?.status === 'ready'");
    await reader;
    return page;
  }));
  await context.clock.runFor(10_000);
  await Promise.all(opened.map((page) => page.evaluate(() => void selvedge.track("Done"))));
  await passes(() => sink.named("Done").length === pages.length);
};

test("an order that a page confirms is completed, in whichever way it is described", () =>
  visit(async (visitor) => {
    const { sink } = visitor;
    await open(visitor, CONFIRMED.map(([, html]) => `${html}${asking("orders")}`));
    const found = Object.fromEntries(sink.named("Order Completed").map(({ context, properties }) => [CONFIRMED[context.page.path.slice(1)][0], properties]));
    assert.deepEqual(found, Object.fromEntries(CONFIRMED.map(([how, , expected]) => [how, expected])));
  }));

test("what confirms no order of this moment says nothing, and what the page itself says is said once", () =>
  visit(async (visitor) => {
    const { sink } = visitor;
    const own = `<script>dataLayer = [{ event: "purchase", ecommerce: { transaction_id: "o-1", items: [] } }]</script>${ld(order())}${asking("orders")}`;
    await open(visitor, [...Object.values(NOTHING), own]);
    assert.deepEqual(sink.named("Order Completed").map(({ context, properties }) => [context.page.path, properties.total]), [["/4", undefined]]);
  }));

test("a confirmation that is opened again is the same event", () =>
  visit(async (visitor) => {
    const { sink } = visitor;
    const html = `${ld(order())}${asking("orders")}`;
    await open(visitor, [html, html]);
    const sent = sink.requests.flatMap(({ batch }) => batch).filter(({ event }) => event === "Order Completed");
    assert.deepEqual(sent.map(({ messageId }) => messageId), ["order:o-1", "order:o-1"]);
  }));
