// The product that a page describes for search engines.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { TAG } from "./sink.mjs";

const ASKING = TAG.replace("data-write-key", 'data-capture="products" data-write-key');
const ld = (value) => `<script type="application/ld+json">${typeof value === "string" ? value : JSON.stringify(value)}</script>`;
const product = (more) => ({ "@context": "https://schema.org", "@type": "Product", sku: "p7", name: "Skylark", ...more });

const OFFER = { "@type": "Offer", price: "139.00", priceCurrency: "EUR", url: "https://shop.example/p7" };

const DESCRIBED = [
  ["JSON-LD", ld(product({ brand: { "@type": "Brand", name: "Lark" }, offers: OFFER, image: ["https://x.example/a.jpg", "https://x.example/b.jpg"], category: "Shoes", color: "red" })),
    { product_id: "p7", sku: "p7", name: "Skylark", brand: "Lark", category: "Shoes", variant: "red", price: 139, currency: "EUR", url: "https://shop.example/p7", image_url: "https://x.example/a.jpg" }],
  ["a graph, beside what can't be read", `${ld("{oops")}${ld({ "@graph": [{ "@type": "WebSite", name: "Shop" }, product({ "@type": ["Product", "Thing"], productID: "7", brand: "Lark", offers: [OFFER] })] })}`,
    { product_id: "7", sku: "p7", name: "Skylark", brand: "Lark", price: 139, currency: "EUR", url: "https://shop.example/p7" }],
  ["a group of variants", ld({ "@type": "ProductGroup", name: "Skylark", productGroupID: "G7", hasVariant: [{ "@type": "Product", sku: "p7-41", offers: { price: 139, priceCurrency: "EUR" } }] }),
    { product_id: "G7", sku: "G7", name: "Skylark", price: 139, currency: "EUR" }],
  ["what the page is about, at prices from and to", ld({ "@type": "WebPage", mainEntity: product({ offers: { "@type": "AggregateOffer", lowPrice: 99, highPrice: 139, priceCurrency: "EUR" } }) }),
    { product_id: "p7", sku: "p7", name: "Skylark", price: 99, currency: "EUR" }],
  ["microdata", `<div itemscope itemtype="https://schema.org/Product"><div itemprop="brand" itemscope itemtype="https://schema.org/Brand"><span itemprop="name">Lark</span></div>
      <h1 itemprop="name"> Skylark </h1><meta itemprop="sku" content="p7">
      <div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><span itemprop="price" content="139.00">139 €</span><meta itemprop="priceCurrency" content="EUR"></div>
      <img itemprop="image" src="https://x.example/a.jpg" alt=""></div>`,
    { product_id: "p7", sku: "p7", name: "Skylark", brand: "Lark", price: 139, currency: "EUR", image_url: "https://x.example/a.jpg" }],
];

test("a page's product is viewed, in whichever way it is described", () =>
  visit(async ({ sink, open }) => {
    await Promise.all(DESCRIBED.map(async ([, html], at) => {
      sink.pages[`/${at}`] = `${html}${ASKING}`;
      await (await open()).goto(`${sink.url}/${at}`);
    }));
    await sink.until(() => sink.named("Product Viewed").length === DESCRIBED.length);
    const found = Object.fromEntries(sink.named("Product Viewed").map(({ context, properties }) => [DESCRIBED[context.page.path.slice(1)][0], properties]));
    assert.deepEqual(found, Object.fromEntries(DESCRIBED.map(([how, , expected]) => [how, expected])));
  }));

test("what the page itself says of the product it shows is not said again", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<script>dataLayer = [{ event: "view_item", ecommerce: { items: [{ item_id: "other-id" }] } }]</script>${ld(product())}${ASKING}`;
    const asked = [];
    sink.rewrite = (path) => (asked.push(path), path);
    await page.clock.install();
    const passes = (condition) => sink.until(async () => (await page.clock.runFor(500), condition()));
    await page.goto(sink.url);
    await passes(() => sink.named("Product Viewed").length);
    await passes(() => asked.filter((path) => /^\/tag\/\w+\.js$/.test(path)).length === 2);
    // The description has had its time.
    await page.clock.runFor(10_000);
    await page.evaluate((text) => {
      history.pushState({}, "", "/two");
      document.querySelector("[type*=ld]").textContent = text;
    }, JSON.stringify(product({ sku: "p8" })));
    await passes(() => sink.named("Product Viewed").some(({ properties }) => properties.product_id === "p8"));
    assert.deepEqual(sink.named("Product Viewed").map(({ properties }) => properties.product_id), ["other-id", "p8"]);
  }));

test("a list of products is no product, and a page that is left early has still viewed its own", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/list"] = `${ld(product())}${ld(product({ sku: "p8" }))}${ASKING}`;
    sink.pages["/p7"] = `${ld(product())}${ASKING}`;
    sink.pages["/end"] = TAG;
    await page.goto(`${sink.url}/list`);
    await sink.until(() => sink.named("page").length);
    await page.goto(`${sink.url}/p7`);
    await page.waitForFunction(() => performance.getEntriesByType("resource").filter(({ name }) => /tag\/\w+\.js$/.test(name)).length === 2);
    await page.goto(`${sink.url}/end`);
    await sink.until(() => sink.named("page").length === 3 && sink.named("Product Viewed").length);
    assert.deepEqual(sink.named("Product Viewed").map(({ properties, context }) => [properties.product_id, context.page.path]), [["p7", "/p7"]]);
  }));

test("a mapped button takes the properties of the product that it stands in, or of the page's", () =>
  visit(async ({ sink, page }) => {
    const mapping = [{ selector: ".add", within: ".card", event: "Product Added", product: true, properties: { quantity: { value: 1 } } }];
    sink.answer = () => ({ configVersion: 1, settings: { mapping } });
    sink.pages["/"] = `${ld(product())}<button class="add">own</button>
      <div class="card" itemscope itemtype="http://schema.org/Product"><i itemprop="name">Shell</i><button class="add">x</button></div>
      <div class="card"><div itemscope itemtype="http://schema.org/Product"><i itemprop="name">Sock</i></div><button class="add">x</button></div>
      <div data-selvedge-placement="hero"></div>${TAG}`;
    await page.goto(sink.url);
    await page.waitForFunction(() => performance.getEntriesByType("resource").filter(({ name }) => /tag\/\w+\.js$/.test(name)).length === 2);
    for (const button of await page.locator(".add").all()) await button.click();
    await sink.until(() => sink.named("Product Added").length === 3);
    assert.deepEqual(sink.named("Product Added").map(({ properties }) => properties), [
      { product_id: "p7", sku: "p7", name: "Skylark", quantity: 1 }, { name: "Shell", quantity: 1 }, { name: "Sock", quantity: 1 },
    ]);
  }));
