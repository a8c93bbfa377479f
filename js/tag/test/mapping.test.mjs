// What the source's config says happens on pages that nobody may change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { numberOf } from "../parts/reader/value.js";
import { visit } from "./browser.mjs";
import { TAG, fileOf } from "./sink.mjs";

const tracked = (sink) => sink.events.filter((event) => event.type === "track").map((event) => [event.event, event.properties]);

/** Visits a page whose source has this mapping, with the answer that brings it already there. */
const mapped = (mapping, html, use, options) =>
  visit(async ({ sink, page, ...rest }) => {
    sink.answer = () => ({ configVersion: 3, settings: { mapping } });
    // Where offers are shown, events don't wait for company.
    sink.pages["/"] = `${html}<div data-selvedge-placement="hero"></div>${TAG}`;
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    await page.waitForFunction(() => performance.getEntriesByType("resource").filter(({ name }) => /tag\/\w+\.js$/.test(name)).length === 2);
    await use({ sink, page, ...rest });
  }, options);

const CARDS = `<script>addEventListener("submit", (event) => event.preventDefault())</script>
  <ul><li class="card" data-sku="p7"><h3> Skylark  4 </h3><em>1.299,50 €</em><select><option value="2">two</option></select>
      <input class="note" value="mine"><input type="number" value="3"><button class="add">Add <b>now</b></button></li>
    <li class="card" data-sku="p8"><h3>Shell</h3><button class="add">Add</button></li></ul>
  <form id="find"><input name="q" value="secret"><button>go</button></form>`;

test("a click in an element is an event with what stands around it; what is not there is left out", () =>
  mapped([{
    selector: ".add", within: ".card", event: "Product Added",
    properties: {
      product_id: { attribute: "data-sku" }, sku: { selector: ".card", attribute: "data-sku" }, name: { selector: "h3" },
      price: { selector: "em", number: true }, quantity: { selector: "select", number: true }, stock: { selector: "[type=number]", number: true },
      note: { selector: ".note" }, currency: { value: "EUR" }, label: {},
    },
  }], CARDS, async ({ sink, page }) => {
    await page.click(".card b");
    await page.click(".card:nth-child(2) .add");
    await sink.until(() => sink.named("Product Added").length === 2);
    assert.deepEqual(tracked(sink), [
      ["Product Added", { sku: "p7", name: "Skylark 4", price: 1299.5, quantity: 2, stock: 3, currency: "EUR", label: "Add now" }],
      ["Product Added", { sku: "p8", name: "Shell", currency: "EUR", label: "Add" }],
    ]);
    // What the visitor writes is never read.
    assert.ok(!JSON.stringify(sink.requests).includes("mine"));
  }));

test("what another tab was answered holds in this one from its own next answer on", () =>
  visit(async ({ sink, page, open }) => {
    const mapping = [{ selector: ".add", within: ".card", event: "Product Added", properties: { sku: { selector: ".card", attribute: "data-sku" } } }];
    let answer;
    const answered = new Promise((done) => (answer = done));
    sink.answer = async ({ batch }) => {
      if (batch.some(({ context }) => context.page.path === "/first")) await answered;
      return { configVersion: 3, settings: { mapping } };
    };
    for (const path of ["/first", "/second"]) sink.pages[path] = `${CARDS}${TAG}`;
    await page.goto(`${sink.url}/first`);
    await page.waitForFunction("window.selvedge?.status === 'ready'");
    await page.click(".add");
    const other = await open();
    await other.goto(`${sink.url}/second`);
    await sink.until(() => sink.named("page").length);
    await page.waitForFunction("localStorage['selvedge_config:demo']");
    answer();
    await sink.until(() => sink.named("Product Added").length);
    assert.deepEqual(tracked(sink), [["Product Added", { sku: "p7" }]]);
  }));

test("a submit is an event, a click in the form is none, and other pages have rules of their own", () =>
  mapped([
    { on: "submit", selector: "#find", event: "Products Searched", properties: { where: { value: true } } },
    { selector: "#find", pages: "/products/*", event: "Elsewhere" },
    { selector: "#find button", pages: "/*", event: "Pressed" },
  ], CARDS, async ({ sink, page }) => {
    await page.click("#find input");
    await page.click("#find button");
    await sink.until(() => sink.named("Products Searched").length);
    assert.deepEqual(tracked(sink), [["Pressed", {}], ["Products Searched", { where: true }]]);
    await page.evaluate(() => history.pushState({}, "", "/products/7"));
    await page.click("#find input");
    await sink.until(() => sink.named("Elsewhere").length);
  }));

test("an element on the page is an event once in a page view, also if it comes later, and not while the last page is still shown", () =>
  mapped([{ on: "view", selector: "h1", event: "Product Viewed", properties: { name: {} } }], "<h1>One</h1>", async ({ sink, page }) => {
    await sink.until(() => sink.named("Product Viewed").length);
    await page.clock.install();
    const passes = (condition) => sink.until(async () => (await page.clock.runFor(500), condition()));
    await page.evaluate(() => {
      document.body.append("more");
      history.pushState({}, "", "/two");
    });
    await passes(() => sink.named("page").length === 2);
    // The new page is there for long before it shows what is its own.
    await page.clock.runFor(5_000);
    await page.evaluate(() => (document.querySelector("h1").textContent = "Two"));
    await passes(() => sink.named("Product Viewed").length === 2);
    assert.deepEqual(tracked(sink).map(([, { name }]) => name), ["One", "Two"]);
    assert.equal(sink.named("Product Viewed")[1].context.page.path, "/two");
  }));

test("what is clicked before the first answer counts, and later pages know the mapping from the start", () =>
  visit(async ({ sink, page }) => {
    const answered = Promise.withResolvers();
    sink.pages["/"] = sink.pages["/two"] = `<button>x</button><div data-selvedge-placement="hero"></div>${TAG}`;
    sink.answer = async ({ minConfig }) => {
      if (minConfig === 0) await answered.promise;
      return { configVersion: 3, ...(minConfig < 3 && { settings: { mapping: [{ selector: "button", event: "Pressed" }] } }) };
    };
    await page.goto(sink.url);
    await page.waitForFunction("window.selvedge?.status === 'ready'");
    await page.click("button");
    answered.resolve();
    await sink.until(() => sink.named("Pressed").length);
    await page.goto(`${sink.url}/two`);
    await page.waitForFunction("window.selvedge?.status === 'ready'");
    await page.click("button");
    await sink.until(() => sink.named("Pressed").length === 2);
    assert.deepEqual(sink.requests.map(({ minConfig }) => minConfig).filter((seen, at, all) => all.indexOf(seen) === at), [0, 3]);
  }));

const SEEN = { on: "view", selector: "button", event: "Seen" };

test("a newer config replaces the mapping, and what another browser could read does not stop the rest", () =>
  mapped([{ selector: "button:unheard-of(", event: "Never" }, { selector: "button", event: "Before" }, SEEN], "<button>x</button>", async ({ sink, page }) => {
    await sink.until(() => sink.named("Seen").length);
    await page.click("button");
    await sink.until(() => sink.named("Before").length);
    const mapping = [{ selector: "button", event: "After" }, SEEN, { ...SEEN, event: "Appeared" }];
    sink.answer = () => ({ configVersion: 4, settings: { mapping } });
    await page.evaluate(() => selvedge.track("Ask"));
    await page.waitForFunction(() => JSON.stringify(localStorage).includes("After"));
    await page.click("button");
    await sink.until(() => sink.named("After").length && sink.named("Appeared").length);
    // What has spoken in this page view doesn't speak again; what is new does.
    assert.deepEqual(tracked(sink).map(([name]) => name).sort(), ["After", "Appeared", "Ask", "Before", "Seen"]);
  }));

test("a page without a mapping loads no reader", () =>
  visit(async ({ sink, page }) => {
    const loaded = [];
    page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
    sink.answer = () => ({ configVersion: 3, settings: {} });
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    await page.mouse.click(10, 10);
    await page.evaluate(() => selvedge.track("Done"));
    await sink.until(() => sink.named("Done").length);
    assert.equal(loaded.filter((path) => /^\/tag\/.*js$/.test(path)).length, 1);
  }));

test("numbers are read as people write them", () => {
  const cases = {
    "1.299,00 €": 1299, "$1,299.50": 1299.5, "1 299,5": 1299.5, "CHF 1’299.–": 1299, "12.5": 12.5, "1,299": 1299, "1.234.567": 1234567,
    "0.1234": 0.1234, "-5": -5, "from 19 EUR": 19,
  };
  for (const [text, number] of Object.entries(cases)) assert.equal(numberOf(text), number, text);
  assert.equal(numberOf("free"), undefined);
});

test("only what the source's settings ask for is loaded", () =>
  visit(async ({ sink, page }) => {
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname.slice(1)));
    const loaded = async (settings, version) => {
      sink.answer = () => ({ configVersion: version, settings });
      const before = sink.named("page").length;
      await page.goto(sink.url);
      await sink.until(() => sink.named("page").length > before);
      await page.waitForFunction((version) => JSON.parse(localStorage["selvedge_config:demo"]).version === version, version);
      asked.length = 0;
      await page.reload();
      await page.waitForFunction("window.selvedge?.status === 'ready'");
      await page.waitForLoadState("networkidle");
      return ["reader", "links"].filter((part) => asked.includes(fileOf(part)));
    };
    assert.deepEqual(await loaded({ mapping: [], domains: [] }, 3), []);
    assert.deepEqual(await loaded({ domains: ["outlet.test"] }, 4), ["links"]);
    assert.deepEqual(await loaded({ mapping: [{ selector: "a", event: "Pressed" }] }, 5), ["reader"]);
  }));
