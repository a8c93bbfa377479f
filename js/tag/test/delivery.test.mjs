import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal, visit } from "./browser.mjs";
import { TAG } from "./sink.mjs";

const queued = (page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("selvedge_queue:")).length);

test("a refused batch is sent again with the same message ids", () =>
  visit(async ({ sink, page }) => {
    let refusals = 2;
    sink.answer = () => (refusals-- > 0 ? { status: 503 } : {});
    await page.goto(sink.url);
    await page.waitForFunction("selvedge.user().anonymousId()");
    await page.evaluate(() => selvedge.track("Order Completed", { revenue: 10 }));
    await sink.until(() => sink.named("Order Completed").length);
    await sink.until(async () => (await queued(page)) === 0);
    const [first] = sink.requests;
    assert.equal(first.status, 503);
    const taken = sink.requests.filter((request) => request.status === 200).flatMap((request) => request.batch);
    assert.deepEqual(taken.map((event) => event.event ?? event.type), ["page", "Order Completed"]);
    assert.equal(taken[0].messageId, first.batch[0].messageId);
    assert.ok(sink.requests[1].at - sink.requests[0].at >= 490, "waits before it tries again");
  }));

test("Retry-After is honoured", () =>
  visit(async ({ sink, page }) => {
    let refusals = 1;
    sink.answer = () => (refusals-- > 0 ? { status: 429, headers: { "retry-after": "2" } } : {});
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    assert.ok(sink.requests[1].at - sink.requests[0].at >= 1990);
  }));

test("what the edge will never take is dropped", () =>
  visit(async ({ sink, page }) => {
    sink.answer = (body) => (body.batch.some((event) => event.event === "Bad") ? { status: 400 } : {});
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    await page.evaluate(() => selvedge.track("Bad"));
    await sink.until(() => sink.requests.some((request) => request.status === 400));
    await page.evaluate(() => selvedge.track("Good"));
    await sink.until(() => sink.named("Good").length);
    assert.equal(sink.requests.filter((request) => request.status === 400).length, 1);
  }));

test("what a proxy, a firewall or a portal says settles nothing: the edge alone refuses", () =>
  visit(async ({ sink, page }) => {
    const html = "<h1>Sign in to the network</h1>";
    const answers = [
      { status: 401, foreign: html }, { status: 403, foreign: '{"success":false,"errors":[]}' }, { status: 404, foreign: "" },
      { status: 413, foreign: '{"code":"TOO_LARGE"}' }, { status: 200, foreign: html }, { status: 200, foreign: "{}" },
    ];
    sink.answer = () => answers.shift() ?? {};
    await page.clock.install();
    await page.goto(sink.url);
    await page.waitForFunction("selvedge.status === 'ready'");
    await page.evaluate(() => selvedge.track("Order Completed", { order_id: "o1" }));
    await sink.until(async () => {
      await page.clock.runFor(1000);
      return sink.named("Order Completed").length && sink.named("page").length && (await queued(page)) === 0;
    }, "it arrives", Date.now() + 20_000);
    assert.deepEqual(sink.requests.slice(0, 6).map(({ status }) => status),
      [401, 403, 404, 413, 200, 200].map((status) => `foreign ${status}`));
  }));

test("one event that a firewall dislikes holds up no other, is tried a few times, and again by the next page", () =>
  visit(async ({ sink, page }) => {
    const isDisliked = ({ batch }) => batch.some(({ properties }) => properties?.query === "' OR 1=1");
    sink.answer = (body) => (isDisliked(body) ? { status: 403, foreign: "blocked" } : {});
    await page.clock.install();
    await page.goto(sink.url);
    const until = (condition) =>
      sink.until(async () => {
        await page.clock.runFor(5000);
        return condition();
      }, condition, Date.now() + 20_000);
    await until(() => sink.named("page").length);
    await page.evaluate(async () => {
      for (let n = 0; n < 60; n += 1) await selvedge.track("Products Searched", { query: n === 9 ? "' OR 1=1" : `${n}` });
    });
    await until(() => sink.named("Products Searched").length === 59);
    // However long the page stands.
    const tries = () => sink.requests.filter(({ status }) => status === "foreign 403").length;
    await until(() => tries() === 12);
    for (let hour = 0; hour < 3; hour += 1) await page.clock.runFor(60 * 60_000);
    await page.evaluate(() => selvedge.track("Last"));
    await until(() => sink.named("Last").length);
    assert.equal(tries(), 12);
    await until(async () => (await queued(page)) === 1);
    assert.deepEqual(sink.named("Products Searched").length, 59, "what waits is the one, and is not given up");
    sink.answer = () => ({});
    await page.goto(`${sink.url}/next`);
    await until(() => sink.named("Products Searched").length === 60);
  }));

test("orders are never given up, however many wait, and what is given up for them is said", () =>
  visit(async ({ sink, page }) => {
    const COUNT = 1600;
    sink.answer = () => ({ status: 503, headers: { "retry-after": "300" } });
    const refused = await refusal(page);
    await page.goto(sink.url);
    await refused();
    const skipped = await page.evaluate(async (count) => {
      const skipped = [];
      selvedge.debug((kind, why) => kind === "skipped" && skipped.push(why));
      for (let n = 0; n < count; n += 1) await selvedge.track("Order Completed", { order_id: `o${n}` });
      await selvedge.track("Product Viewed", { product_id: "p1" });
      await new Promise((done) => setTimeout(done));
      return skipped;
    }, COUNT);
    assert.deepEqual(skipped, Array(2).fill("there is no room for it"), "the page view and the product");
    assert.equal(await queued(page), COUNT);
    sink.answer = () => ({});
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await sink.until(() => sink.named("Order Completed").length === COUNT, "all orders", Date.now() + 20_000);
    await sink.until(async () => (await queued(page)) === 0);
    assert.equal(sink.requests.filter(({ status }) => status === 200).flatMap(({ batch }) => batch).length, COUNT, "each once");
  }));

test("events outlive an outage and the page", () =>
  visit(async ({ sink, page }) => {
    sink.answer = () => ({ status: 500 });
    await page.goto(`${sink.url}/first`);
    await sink.until(() => sink.requests.length);
    await page.evaluate(() => selvedge.track("During outage", { n: 1 }));
    assert.ok((await queued(page)) >= 2);
    await page.goto(`${sink.url}/second`);
    sink.answer = () => ({});
    await sink.until(() => sink.named("page").length === 2);
    assert.deepEqual(sink.events.map((event) => event.event ?? event.context.page.path), [
      "/first", "During outage", "/second",
    ]);
    await sink.until(async () => (await queued(page)) === 0);
  }));

test("an event on the last moment of a page is sent by this page", () =>
  visit(async ({ sink, page, context }) => {
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    await page.evaluate(() => addEventListener("pagehide", () => selvedge.track("Left"), true));
    // The tag's own listener comes first, so this event is left for `visibilitychange` after it.
    await page.evaluate(() => addEventListener("beforeunload", () => selvedge.track("Leaving")));
    await page.goto("about:blank");
    await sink.until(() => sink.named("Leaving").length);
    const back = await context.newPage();
    await back.goto(sink.url);
    await sink.until(() => sink.named("Left").length);
    assert.equal(sink.named("Leaving").length, 1);
  }));

test("browsers without keepalive send a beacon, and the next page sends again what it may have lost", () =>
  visit(async ({ sink, page, context }) => {
    await context.addInitScript(() => {
      delete Request.prototype.keepalive;
      // Before the tag's own listener.
      addEventListener("pagehide", () => location.pathname === "/left" && selvedge.track("Leaving"), true);
    });
    await page.goto(`${sink.url}/left`);
    await sink.until(() => sink.named("page").length);
    await page.goto("about:blank");
    await sink.until(() => sink.named("Leaving").length);
    await page.goto(`${sink.url}/next`);
    await sink.until(() => sink.named("page").length === 2);
    const sent = sink.requests.flatMap((request) => request.batch).filter((event) => event.event === "Leaving");
    assert.equal(sent.length, 2);
    assert.equal(sent[0].messageId, sent[1].messageId);
  }));

test("the queue is bounded and gives up page views first", () =>
  visit(async ({ sink, page }) => {
    sink.answer = () => ({ status: 503, headers: { "retry-after": "60" } });
    const refused = await refusal(page);
    await page.goto(sink.url);
    await refused();
    await page.evaluate(async () => {
      for (let n = 0; n < 30; n += 1) selvedge.track("Big", { n, pad: "x".repeat(30_000) });
      for (let n = 0; n < 5; n += 1) await selvedge.page("View", { pad: "x".repeat(30_000) });
      for (let n = 0; n < 4; n += 1) await selvedge.track("Late", { n, pad: "x".repeat(30_000) });
    });
    const kept = await page.evaluate(() => Object.entries(localStorage)
      .filter(([key]) => key.startsWith("selvedge_queue:")).map(([, json]) => json));
    assert.ok(kept.join("").length <= 1_000_000);
    // A parcel: the context, then the events.
    const events = kept.flatMap((parcel) => parcel.split("\n").slice(1)).map((json) => JSON.parse(json));
    assert.equal(events.filter((event) => event.event === "Late").length, 4);
    assert.equal(events.filter((event) => event.type === "page").length, 0);
    assert.ok(events.filter((event) => event.event === "Big").length >= 28);
  }));

test("one request is under way at a time", () =>
  visit(async ({ sink, page }) => {
    let open = 0;
    let most = 0;
    sink.answer = async () => {
      most = Math.max(most, ++open);
      await new Promise((done) => setTimeout(done, 60));
      open -= 1;
      return {};
    };
    sink.pages["/"] = `<div data-selvedge-placement="hero"></div>${TAG}`;
    await page.goto(sink.url);
    for (let n = 0; n < 6; n += 1) await page.evaluate((n) => selvedge.track("Step", { n }), n);
    await sink.until(() => sink.named("Step").length === 6);
    assert.equal(most, 1);
  }));

test("when the tag can't be had it warns once and the page is intact", () =>
  visit(async ({ sink, page, problems }) => {
    sink.files = { js: { status: 404 } };
    sink.pages["/"] = `<div data-selvedge-placement="hero"><p>own</p></div>${TAG}`;
    await page.goto(sink.url);
    await page.waitForFunction("selvedge.version");
    assert.equal(await page.evaluate(() => selvedge.track("X").then(() => "settled")), "settled");
    assert.equal(await page.innerHTML("[data-selvedge-placement]"), "<p>own</p>");
    assert.equal(sink.requests.length, 0);
    assert.equal(problems.length, 1);
    assert.match(problems[0], /^selvedge/);
  }, { allowWarnings: true }));

test("a wasm that is served with another type loads too", () =>
  visit(async ({ sink, page }) => {
    sink.files = { wasm: { type: "text/html" } };
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
  }));

test("blocked storage does not matter to the page", () =>
  visit(async ({ sink, page }) => {
    await page.addInitScript(() => {
      Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
      Object.defineProperty(Document.prototype, "cookie", { get() { throw new DOMException("no", "SecurityError"); } });
    });
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    await page.evaluate(() => selvedge.identify("u1", { plan: "gold" }));
    await page.evaluate(() => selvedge.track("Still here"));
    await sink.until(() => sink.named("Still here").length);
    assert.equal(sink.named("Still here")[0].userId, "u1");
    assert.equal(new Set(sink.events.map((event) => event.anonymousId)).size, 1);
    assert.equal(sink.requests.flatMap((request) => request.batch).length, 3);
  }));

test("pages without https get proper ids too", () =>
  visit(async ({ sink, page }) => {
    await page.addInitScript(() => {
      delete Crypto.prototype.randomUUID;
      delete Navigator.prototype.locks;
    });
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    assert.match(sink.events[0].anonymousId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }));

test("odd calls do not throw", () =>
  visit(async ({ sink, page }) => {
    await page.goto(sink.url);
    await page.evaluate(async () => {
      const loop = {};
      loop.loop = loop;
      await selvedge.track();
      await selvedge.track("Loop", loop);
      await selvedge.track("Nothing", null);
      await selvedge.page(null, undefined);
      await selvedge.identify();
      await selvedge.identify(42, "no object");
      await selvedge.consent();
      await selvedge.decide("not a list");
      await selvedge.onDecision();
      selvedge.push(["unknown", 1]);
      selvedge.push();
    });
    await sink.until(() => sink.named("Nothing").length);
    assert.deepEqual(sink.named("Nothing")[0].properties, {});
    assert.equal(sink.named("Loop").length, 0);
    await sink.until(() => sink.named("identify").some((event) => event.userId === "42"));
  }));
