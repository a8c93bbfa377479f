import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { TAG } from "./sink.mjs";

const tracked = (sink, name) => sink.until(() => sink.named(name)[0], name);

test("the first load is a page view with campaign, referrer and the browser's context", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/from"] = '<a href="/to?utm_source=news&utm_medium=mail&utm_campaign=spring&x=1#top">go</a>';
    await page.goto(`${sink.url}/from`);
    await page.click("a");
    const event = await tracked(sink, "page");
    assert.equal(event.context.page.path, "/to");
    assert.equal(event.context.page.search, "?utm_source=news&utm_medium=mail&utm_campaign=spring&x=1");
    assert.equal(event.context.page.referrer, `${sink.url}/from`);
    assert.equal(event.context.page.title, "/to");
    assert.deepEqual(event.context.campaign, { source: "news", medium: "mail", name: "spring" });
    assert.deepEqual(event.properties, event.context.page);
    assert.ok(!("ip" in event.context), "the tag knows of no address");
    assert.match(event.anonymousId, /^[0-9a-f-]{36}$/);
    assert.ok(event.messageId.length <= 100);
    assert.ok(Math.abs(Date.parse(event.timestamp) - Date.now()) < 10_000);
    const [request] = sink.requests;
    assert.equal(request.writeKey, "demo");
    assert.equal(request.type, "text/plain;charset=UTF-8");
    assert.ok(Date.parse(request.sentAt) >= Date.parse(event.timestamp));
    assert.deepEqual(request.context.library, { name: "selvedge-tag", version: "0.1.0" });
    assert.equal(request.context.locale, "de-DE");
    assert.equal(request.context.timezone, "Europe/Berlin");
    assert.match(request.context.userAgent, /Chrome/);
    assert.equal(request.context.webdriver, true, "these tests drive it");
    assert.ok(request.bytes < JSON.stringify(request.batch).length, "it is packed");
    assert.equal(request.decide, undefined);
  }));

test("moves within a page are page views, each URL once in a row", () =>
  visit(async ({ sink, page }) => {
    await page.goto(`${sink.url}/a`);
    await tracked(sink, "page");
    await page.evaluate(() => {
      history.pushState({}, "", "/b?q=1");
      history.pushState({}, "", "/b?q=1");
      document.title = "B";
      history.replaceState({}, "", "/b?q=2");
      location.hash = "part";
      history.pushState({}, "", "/c");
      document.title = "C";
    });
    await page.goBack();
    await page.goBack();
    const views = await sink.until(() => sink.named("page").length >= 4 && sink.named("page"));
    const paths = views.map((event) => event.context.page.path);
    assert.deepEqual(paths, ["/a", "/b", "/c", "/b"]);
    assert.equal(views[1].context.page.referrer, `${sink.url}/a`);
    assert.equal(views[2].context.page.title, "C");
    assert.equal(views[3].properties.referrer, `${sink.url}/c`);
  }));

test("page views are left to the page when it says so", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = '<script async src="/tag.js" data-write-key="demo" data-page-views="manual"></script>';
    await page.goto(sink.url);
    await page.evaluate(() => {
      history.pushState({}, "", "/elsewhere");
      return selvedge.page("Search", { results: 3 });
    });
    const event = await tracked(sink, "page");
    assert.equal(event.name, "Search");
    assert.equal(event.properties.results, 3);
    assert.equal(event.properties.path, "/elsewhere");
    assert.equal(sink.named("page").length, 1);
  }));

test("calls made before the tag is there are replayed in order", () =>
  visit(async ({ sink, page }) => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    const stub = /<script>!function.*<\/script>/.exec(readme)[0];
    assert.ok(stub.length <= 700);
    sink.pages["/"] = `${stub}<script>
      kept = selvedge;
      selvedge.ready(function () { isReady = true });
      selvedge.push(["track", "First", { n: 1 }]);
      selvedge.track("Second", { n: 2 }).then(function (id) { second = id });
    </script>${TAG}`;
    await page.goto(sink.url);
    await page.waitForFunction("selvedge.version");
    await page.evaluate(() => {
      kept.push(["track", "Third"]);
      kept.track("Fourth");
    });
    await tracked(sink, "Fourth");
    await page.waitForFunction("window.isReady");
    const order = sink.events.map((event) => event.event ?? event.type);
    assert.deepEqual(order, ["page", "First", "Second", "Third", "Fourth"]);
    assert.deepEqual(sink.named("First")[0].properties, { n: 1 });
    assert.equal(await page.evaluate("second"), sink.named("Second")[0].messageId);
  }));

test("calls made while the wasm loads are kept, and ready() tells when it is there", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<script src="/tag.js" data-write-key="demo"></script><script>
      early = selvedge.user().id();
      selvedge.track("Early").then(function (id) { messageId = id });
      selvedge.ready(function () { isReady = true; selvedge.ready(function () { twice = true }) });
    </script>`;
    await page.goto(sink.url);
    const event = await tracked(sink, "Early");
    await page.waitForFunction("window.twice");
    assert.equal(await page.evaluate("messageId"), event.messageId);
    assert.equal(await page.evaluate("early"), null);
    assert.equal(await page.evaluate("selvedge.user().anonymousId()"), event.anonymousId);
  }));

test("a click on a marked link that leaves the page arrives", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/shop"] = `<a href="/next" data-selvedge-event="Product Added" data-selvedge-product-id="007"
      data-selvedge-price="19.90" data-selvedge-quantity="2" data-selvedge-category="Running shoes"
      data-selvedge-position="">buy <b>now</b></a>${TAG}`;
    await page.goto(`${sink.url}/shop`);
    await tracked(sink, "page");
    await page.click("b");
    await page.waitForURL("**/next");
    const event = await tracked(sink, "Product Added");
    assert.equal(event.context.page.path, "/shop");
    assert.deepEqual(event.properties, {
      product_id: "007", price: 19.9, quantity: 2, category: "Running shoes", position: "",
    });
    await sink.until(() => sink.named("page").length === 2);
    assert.equal(sink.named("Product Added").length, 1);
  }));

test("a marked form counts its submit, not the clicks on its fields", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<form action="/found" data-selvedge-event="Products Searched" data-selvedge-query="shoe">
      <input name="q"><button>ok</button></form>${TAG}`;
    await page.goto(sink.url);
    await tracked(sink, "page");
    await page.click("input");
    await page.click("button");
    await page.waitForURL("**/found?q=");
    await sink.until(() => sink.named("page").length === 2);
    assert.deepEqual(sink.named("Products Searched").map((event) => event.properties), [{ query: "shoe" }]);
  }));

test("many events go in batches of at most fifty", () =>
  visit(async ({ sink, page }) => {
    await page.goto(sink.url);
    await tracked(sink, "page");
    await page.evaluate(() => {
      for (let n = 0; n < 120; n += 1) selvedge.track("Burst", { n, pad: "x".repeat(n < 3 ? 25_000 : 0) });
    });
    await sink.until(() => sink.named("Burst").length === 120);
    assert.deepEqual(sink.named("Burst").map((event) => event.properties.n), [...Array(120).keys()]);
    for (const request of sink.requests) {
      assert.ok(request.batch.length <= 50);
      assert.ok(JSON.stringify(request).length < 62_000);
    }
    assert.ok(sink.requests.length <= 6, `${sink.requests.length} requests`);
  }));

test("two tabs share one queue and one anonymous id", () =>
  visit(async ({ sink, page, open }) => {
    await page.goto(sink.url);
    const other = await open();
    await other.goto(`${sink.url}/other`);
    await sink.until(() => sink.named("page").length === 2);
    await Promise.all([page, other].map((tab, index) =>
      tab.evaluate((index) => { for (let n = 0; n < 30; n += 1) selvedge.track(`Tab ${index}`); }, index)));
    await sink.until(() => sink.named("Tab 0").length === 30 && sink.named("Tab 1").length === 30);
    // A tab may still see an event which another has just taken out: browsers copy localStorage between processes at
    // their leisure. The edge knows it by its message id; it must stay the exception.
    const sent = sink.requests.flatMap((request) => request.batch).length;
    assert.equal(sink.events.length, 62);
    assert.ok(sent < 62 * 1.5, `${sent} sent`);
    assert.equal(new Set(sink.events.map((event) => event.anonymousId)).size, 1);
  }));

test("clicks and submits made while the tag loads count, in order with the calls", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<button data-selvedge-event="Clicked">x</button>
      <form data-selvedge-event="Submitted" action="javascript:0"><input></form>${TAG}`;
    const load = Promise.withResolvers();
    await page.route("**/*.wasm", async (route) => {
      await load.promise;
      await route.continue();
    });
    await page.goto(sink.url);
    await page.click("button");
    await page.evaluate(() => void selvedge.track("Called"));
    await page.evaluate(() => document.querySelector("form").requestSubmit());
    load.resolve();
    await sink.until(() => sink.named("Submitted").length);
    const names = sink.events.map((event) => event.event ?? event.type);
    assert.deepEqual(names, ["page", "Clicked", "Called", "Submitted"]);
    await page.click("button");
    await sink.until(() => sink.named("Clicked").length === 2);
  }));

test("calls made on a page that is left before the wasm was there are made on the next one", () =>
  visit(async ({ sink, page }) => {
    // Its wasm never comes: nobody answers under this endpoint.
    sink.pages["/slow"] = '<script async src="/tag.js" data-write-key="demo" data-endpoint="/never/"></script>';
    await page.route("**/never/**", () => {});
    await page.goto(`${sink.url}/`);
    await tracked(sink, "page");
    const before = await page.evaluate(() => selvedge.user().anonymousId());
    await page.goto(`${sink.url}/slow`);
    await page.waitForFunction(() => window.selvedge?.version);
    await page.evaluate(() => {
      selvedge.track("Said Goodbye", { n: 1 });
      selvedge.reset();
    });
    await page.goto(`${sink.url}/`);
    const event = await tracked(sink, "Said Goodbye");
    assert.equal(event.anonymousId, before);
    await sink.until(() => sink.named("page").some((view) => view.anonymousId !== before), "a page view after the reset");
    assert.equal(sink.named("Said Goodbye").length, 1);
  }));

test("what is pushed to a dataLayer on a page that is left before the tag was there is said by the next one", () =>
  visit(async ({ sink, page }) => {
    await page.route("**/never/**", () => {});
    sink.pages["/slow"] = `<script>dataLayer = [{ event: "search", search_term: "before" }]</script>
      <script src="/tag.js" data-write-key="demo" data-endpoint="/never/"></script>`;
    await page.goto(`${sink.url}/slow`);
    await page.evaluate(() => {
      const element = { event: "gtm.click" };
      // As GTM's own pushes do, which carry elements.
      dataLayer.push(Object.assign(element, { element }));
      dataLayer.push({ event: "purchase", ecommerce: { transaction_id: "o1", items: [] } });
      (function () { dataLayer.push(arguments) })("event", "search", { search_term: "gtag" });
    });
    await page.goto(`${sink.url}/`);
    await sink.until(() => sink.named("Products Searched").length === 2 && sink.named("Order Completed").length);
    assert.deepEqual(sink.named("Products Searched").map(({ properties }) => properties.query), ["before", "gtag"]);
    assert.equal(sink.named("Order Completed")[0].context.page.path, "/slow");
    assert.equal(sink.named("page").length, 2);
  }));
