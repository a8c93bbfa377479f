import assert from "node:assert/strict";
import { test } from "node:test";
import { standing, visit } from "./browser.mjs";
import { TAG, decision } from "./sink.mjs";
import { STUB } from "./stub.mjs";

const HERO = '<div data-selvedge-placement="hero"><p>own</p></div>';

test("a placement is filled, stays untouched while nothing changes, and gets its own content back", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${HERO}${TAG}`;
    let offer = "running-week";
    let count = 0;
    sink.answer = () => ({ configVersion: 7, decisions: [decision("hero", offer, offer && "<b>Run</b>", `t${count++}`)] });
    await page.goto(sink.url);
    await page.waitForSelector("[data-selvedge-offer=running-week] b");
    assert.deepEqual(sink.requests[0].decide, { placements: ["hero"] });
    assert.equal(sink.requests[0].minConfig, 0);
    assert.equal(await page.getAttribute("[data-selvedge-placement]", "aria-live"), "polite");
    await page.evaluate(() => {
      shown = document.querySelector("b");
      document.querySelector("[data-selvedge-placement]").addEventListener("selvedge:decision", () => (changes = 1));
    });
    await page.evaluate(() => selvedge.track("Same"));
    await sink.until(() => sink.named("Same").length);
    await page.evaluate(() => selvedge.decide());
    assert.ok(await page.evaluate("shown.isConnected && !window.changes"));
    assert.equal(sink.requests.at(-1).minConfig, 7);
    offer = null;
    await page.evaluate(() => selvedge.track("Product Added"));
    await page.waitForSelector("[data-selvedge-placement] p");
    assert.equal(await page.innerHTML("[data-selvedge-placement]"), "<p>own</p>");
    assert.equal(await page.getAttribute("[data-selvedge-placement]", "data-selvedge-offer"), null);
    assert.equal(await page.evaluate("changes"), 1);
  }));

test("the page's own content comes back once, not between two offers", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<script>
      connected = 0;
      customElements.define("x-own", class extends HTMLElement { connectedCallback() { connected += 1 } });
    </script><div data-selvedge-placement="hero"><x-own></x-own></div>${TAG}`;
    const offers = ["one", "two", null];
    sink.answer = () => ((offer) => ({ decisions: [decision("hero", offer, offer && `<b>${offer}</b>`)] }))(offers.shift());
    await page.goto(sink.url);
    await page.waitForSelector("b");
    await page.evaluate(() => selvedge.decide());
    assert.equal(await page.textContent("[data-selvedge-offer=two] b"), "two");
    assert.equal(await page.evaluate("connected"), 1);
    await page.evaluate(() => selvedge.decide());
    assert.equal(await page.innerHTML("[data-selvedge-placement]"), "<x-own></x-own>");
    assert.equal(await page.evaluate("connected"), 2);
  }));

test("json decisions reach event listeners and onDecision, now and on change only", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<div id="x" data-selvedge-placement="bar"><p>own</p></div><script>
      events = []; calls = [];
      document.addEventListener("selvedge:decision", function (e) { events.push(e.detail.content.json.n) });
    </script>${TAG}`;
    let n = 1;
    sink.answer = () => ({ decisions: [{ ...decision("bar", "o"), content: { type: "json", json: { n } } }] });
    await page.goto(sink.url);
    await sink.until(() => page.evaluate("events.length"));
    await page.evaluate(() => selvedge.onDecision("bar", (decision) => calls.push(decision.content.json.n)));
    await page.evaluate(() => selvedge.decide(["bar"]));
    n = 2;
    const decisions = await page.evaluate(() => selvedge.decide(["bar"]));
    assert.equal(decisions[0].content.json.n, 2);
    await sink.until(async () => (await page.evaluate("calls.length")) === 2);
    assert.deepEqual(await page.evaluate("[events, calls]"), [[1, 2], [1, 2]]);
    assert.equal(await page.innerHTML("#x"), "<p>own</p>");
  }));

test("decide() asks for placements without an element", () =>
  visit(async ({ sink, page }) => {
    sink.answer = ({ decide }) => ({ decisions: (decide?.placements ?? []).map((name) => decision(name, "o", "<i>x</i>")) });
    await page.goto(sink.url);
    const decisions = await page.evaluate(() => selvedge.decide(["side", "top"]));
    assert.deepEqual(decisions.map(({ placement }) => placement), ["side", "top"]);
    assert.deepEqual(sink.requests.at(-1).decide.placements, ["side", "top"]);
  }));

test("a placement that comes later is noticed, filled at once when its decision is known", () =>
  visit(async ({ sink, page }) => {
    sink.answer = ({ decide }) => ({ decisions: (decide?.placements ?? []).map((name) => decision(name, "o", `<i>${name}</i>`)) });
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    const add = (id) => page.evaluate((id) => {
      const element = document.createElement("div");
      element.id = id;
      element.dataset.selvedgePlacement = "late";
      document.body.append(element);
    }, id);
    await add("one");
    await page.waitForSelector("#one i");
    assert.deepEqual(sink.requests.at(-1).decide.placements, ["late"]);
    const before = sink.requests.length;
    await add("two");
    await page.waitForSelector("#two i");
    assert.equal(sink.requests.length, before);
  }));

test("a cart action gets its answer at once", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${HERO}<button data-selvedge-event="Product Added">add</button>${TAG}`;
    let cart = false;
    sink.answer = ({ batch }) => {
      cart ||= batch.some((event) => event.event === "Product Added");
      return { decisions: [decision("hero", cart ? "cart" : null, cart && "<b>in cart</b>")] };
    };
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    await page.click("button");
    await page.waitForSelector("b");
    assert.deepEqual(sink.requests.at(-1).decide.placements, ["hero"]);
    const event = sink.named("Product Added")[0];
    assert.ok(Date.parse(sink.requests.at(-1).sentAt) - Date.parse(event.timestamp) < 100);
  }));

test("an offer in view counts once per page view, and a click on it counts", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${HERO}<div style="height:3000px"></div><div data-selvedge-placement="foot"></div>${TAG}`;
    let token = 0;
    sink.answer = () => ({
      decisions: ["hero", "foot"].map((name) => ({ ...decision(name, `${name}-offer`, "<b>Offer</b>", `t${token++}`), variant: "B" })),
    });
    await page.goto(sink.url);
    await sink.until(() => sink.named("Promotion Viewed").length);
    const [seen] = sink.named("Promotion Viewed");
    assert.equal(seen.properties.promotion_id, "hero-offer");
    assert.equal(seen.properties.position, "hero");
    assert.equal(seen.properties.variant, "B");
    assert.match(seen.properties.token, /^t\d+$/);
    await page.click("[data-selvedge-placement=hero] b");
    await sink.until(() => sink.named("Promotion Clicked").length);
    assert.equal(sink.named("Promotion Clicked")[0].properties.promotion_id, "hero-offer");
    assert.ok(Date.parse(seen.timestamp) - Date.parse(sink.events[0].timestamp) >= 1000);
    await page.locator("[data-selvedge-placement=foot]").scrollIntoViewIfNeeded();
    await sink.until(() => sink.named("Promotion Viewed").length === 2);
    assert.equal(sink.named("Promotion Viewed")[1].properties.position, "foot");
    await page.evaluate(() => history.pushState({}, "", "/two"));
    await sink.until(() => sink.named("Promotion Viewed").length === 3);
    assert.equal(sink.named("Promotion Viewed")[2].context.page.path, "/two");
  }));

test("page code that calls back from inside an offer finds the tag in order", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<script>
      customElements.define("x-offer", class extends HTMLElement {
        connectedCallback() { selvedge.track("Inside"); selvedge.decide(["more"]); selvedge.user().anonymousId(); }
      });
      document.addEventListener("selvedge:decision", function (e) { selvedge.track("Listener"); e.target.remove() });
    </script>${HERO}${TAG}`;
    sink.answer = () => ({ decisions: [decision("hero", "o", "<x-offer></x-offer>")] });
    await page.goto(sink.url);
    await sink.until(() => sink.named("Inside").length && sink.named("Listener").length);
    await page.evaluate(() => selvedge.track("After"));
    await sink.until(() => sink.named("After").length);
    assert.equal(sink.named("Inside").length, 1);
  }));

test("a page whose policy forbids HTML from strings keeps its own content", () =>
  visit(async ({ sink, page }) => {
    sink.headers = { "content-security-policy": "require-trusted-types-for 'script'; trusted-types other" };
    sink.pages["/"] = `${HERO}${TAG}`;
    sink.answer = () => ({ decisions: [decision("hero", "o", "<b>x</b>")] });
    await page.goto(sink.url);
    await page.evaluate(() => selvedge.decide());
    assert.equal(await page.innerHTML("[data-selvedge-placement]"), "<p>own</p>");
    assert.equal(await page.getAttribute("[data-selvedge-placement]", "data-selvedge-offer"), null);
  }));

test("a placement still being parsed is filled when it is complete", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${TAG}<div data-selvedge-placement="hero"><p>own</p><script src="/slow.js"></script><p>rest</p></div>`;
    sink.answer = ({ decide }) => ({ decisions: (decide?.placements ?? []).map((name) => decision(name, "o", "<b>x</b>")) });
    let release;
    await page.route("**/slow.js", async (route) => {
      await new Promise((done) => (release = done));
      await route.fulfill({ body: "" });
    });
    const loaded = page.goto(sink.url);
    await sink.until(() => sink.named("page").length && release);
    assert.equal(sink.requests[0].decide, undefined);
    release();
    await loaded;
    await page.waitForSelector("[data-selvedge-offer] b");
    assert.equal(await page.innerHTML("[data-selvedge-placement]"), "<b>x</b>");
  }));

test("errors in the page's own listeners stay the page's", () =>
  visit(async ({ sink, page, problems }) => {
    sink.pages["/"] = `${HERO}${TAG}`;
    sink.answer = () => ({ decisions: [decision("hero", "o", "<b>x</b>")] });
    await page.goto(sink.url);
    await page.evaluate(() => selvedge.onDecision("hero", () => { throw new Error("theirs"); }));
    await page.waitForSelector("b");
    await sink.until(() => problems.length);
    assert.match(problems[0], /theirs/);
    await page.evaluate(() => selvedge.track("After"));
    await sink.until(() => sink.named("After").length);
  }, { allowWarnings: true }));

const LAST = TAG.replace("data-write-key", 'data-offers="last" data-write-key');

test("what was decided last stands at once, is told of when it is confirmed, and gives way to what is decided now", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<script>heard = []; document.addEventListener("selvedge:decision", (e) => heard.push(e.detail.token))</script>${HERO}${LAST}`;
    let offer = "one";
    sink.answer = () => ({ decisions: [decision("hero", offer, `<b>${offer}</b>`, `token ${sink.requests.length}`)] });
    await page.goto(sink.url);
    await page.waitForSelector("b");
    let release;
    sink.answer = async () => {
      await new Promise((done) => (release = done));
      return { decisions: [decision("hero", offer, `<b>${offer}</b>`, "confirmed")] };
    };
    for (const shown of ["one", "two"]) {
      offer = shown;
      await page.reload();
      await page.waitForSelector("b");
      assert.equal(await page.textContent("b"), "one", "before any answer");
      assert.deepEqual(await page.evaluate("heard"), []);
      await sink.until(() => release);
      release();
      await sink.until(async () => (await page.evaluate("heard")).length);
      assert.deepEqual(await page.evaluate("heard"), ["confirmed"]);
      assert.equal(await page.textContent("b"), shown);
    }
  }));

test("what was decided last goes when nobody confirms it in a second, and with the person it was for", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${HERO}${LAST}`;
    sink.answer = () => ({ decisions: [decision("hero", "one", "<b>one</b>")] });
    await page.goto(sink.url);
    await page.waitForSelector("b");
    sink.answer = () => ({ status: 503, headers: { "retry-after": "60" } });
    await page.reload();
    await page.waitForSelector("b");
    await page.waitForSelector("[data-selvedge-placement] p");
    assert.equal(sink.named("Promotion Viewed").length, 0);
    await page.evaluate(() => selvedge.reset());
    assert.equal(await page.evaluate("localStorage.selvedge_decisions"), undefined);
  }));

test("a dismissed offer is reported and stays away until there is another", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${HERO}${TAG}`;
    let offer = "one";
    sink.answer = () => ({ decisions: [decision("hero", offer, `<b>${offer}</b><button data-selvedge-dismiss>no</button>`)] });
    await page.goto(sink.url);
    await page.click("[data-selvedge-dismiss]");
    assert.equal(await page.innerHTML("[data-selvedge-placement]"), "<p>own</p>");
    await sink.until(() => sink.named("Promotion Dismissed").length);
    assert.equal(sink.named("Promotion Dismissed")[0].properties.promotion_id, "one");
    assert.equal(sink.named("Promotion Clicked").length, 0);
    await page.evaluate(() => selvedge.decide());
    assert.equal(await page.innerHTML("[data-selvedge-placement]"), "<p>own</p>");
    offer = "two";
    await page.evaluate(() => selvedge.decide());
    assert.equal(await page.textContent("b"), "two");
  }));

test("a screen reader knows of a placement before it changes, and by the page's own word where that has one", () =>
  visit(async ({ sink, page, context }) => {
    await page.addInitScript(() => {
      // What happens to placements, each with the batch of changes it came in.
      window.changes = [];
      let batch = 0;
      new MutationObserver((records) => {
        batch += 1;
        for (const { type, target } of records) if (target.id) changes.push([type, target.id, batch]);
      }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-live"] });
    });
    sink.pages["/"] = `<div id="a" data-selvedge-placement="a"></div><div id="b" data-selvedge-placement="b" aria-live="assertive"></div>${TAG}`;
    sink.answer = () => ({ decisions: ["a", "b"].map((name) => decision(name, name, `<p>offer ${name}</p>`)) });
    await page.goto(sink.url);
    await page.waitForSelector("text=offer b");
    const changes = await page.evaluate("changes");
    assert.deepEqual(changes.map(([type, id]) => [type, id]), [["attributes", "a"], ["childList", "a"], ["childList", "b"]]);
    assert.ok(changes[0][2] < changes[1][2], "not in one turn with what it is to tell of");
    const devtools = await context.newCDPSession(page);
    const { nodes } = await devtools.send("Accessibility.getFullAXTree");
    const byId = new Map(nodes.map((node) => [node.nodeId, node]));
    const textOf = ({ name, childIds = [] }) => name?.value || childIds.map((id) => textOf(byId.get(id))).join("");
    const live = nodes.flatMap((node) => {
      const how = node.properties?.find(({ name }) => name === "live")?.value.value;
      return how && !node.ignored ? [[how, textOf(node)]] : [];
    });
    assert.deepEqual(live, [["polite", "offer a"], ["assertive", "offer b"]]);
  }));

/** Adds up in `shifts` how far what stands on the page moves. */
const SHIFTS = () => {
  window.shifts = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shifts += entry.value)))
    .observe({ type: "layout-shift", buffered: true });
};

const WAIT = `<style>
  [data-selvedge-placement]:not([data-selvedge-decided]) { animation: 400ms step-end wait }
  @keyframes wait { from { visibility: hidden } }
</style>`;

test("nothing moves: an offer comes, changes and goes without a layout shift, and is seen no later than the page says", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${WAIT}<div data-selvedge-placement="hero" style="padding:10px"><p style="height:120px">own</p></div><p>below</p>${TAG}`;
    const offers = ["<div style='height:110px'>tall</div>", "<i>small</i>", null];
    sink.answer = ({ decide }) => ({ decisions: decide ? [decision("hero", `${offers.length}`, offers.shift())] : [] });
    await page.addInitScript(SHIFTS);
    await page.goto(sink.url);
    await page.waitForSelector("text=tall");
    for (const text of ["small", "own"]) {
      await page.evaluate(() => selvedge.decide());
      await page.waitForSelector(`text=${text}`);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    }
    assert.equal(await page.evaluate("shifts"), 0);
  }));

for (const sizing of ["content-box", "border-box"])
  test(`on a first visit nothing moves where the page leaves room for the tallest offer (${sizing})`, () =>
    visit(async ({ sink, page }) => {
      const room = `box-sizing:${sizing};padding:15px;border:5px solid;min-height:${sizing === "border-box" ? 340 : 300}px`;
      sink.pages["/"] = `${STUB}<style>[data-selvedge-placement]{${room}}</style>
        <div data-selvedge-placement="hero"><p style="margin:0;height:40px">own</p></div><p id="below">below</p>${TAG}`;
      let height = 300;
      sink.answer = ({ decide }) =>
        ({ decisions: decide ? [decision("hero", height && `offer-${height}`, height && `<div style="height:${height}px">offer</div>`)] : [] });
      await page.addInitScript(SHIFTS);
      const shows = async (what) => {
        await page.waitForSelector(what);
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        return page.evaluate(() => [window.shifts, document.querySelector("[data-selvedge-placement]").offsetHeight]);
      };
      await page.goto(sink.url);
      assert.deepEqual(await shows("[data-selvedge-offer=offer-300]"), [0, 340]);
      height = 120;
      await page.evaluate(() => selvedge.decide());
      assert.deepEqual(await shows("[data-selvedge-offer=offer-120]"), [0, 340]);
      height = null;
      await page.evaluate(() => selvedge.decide());
      assert.deepEqual(await shows("text=own"), [0, 340]);
    }));

test("an offer taller than what it replaces moves nothing from the second page on, where the stub is; what goes leaves no gap for ever", () =>
  visit(async ({ sink, page }) => {
    const body = (style = "") => `${style}${STUB}<div data-selvedge-placement="hero"><p style="margin:0;height:40px">own</p></div>
      <div data-selvedge-placement="foot"></div><p id="below">below</p>${TAG}`;
    sink.pages["/"] = sink.pages["/strict"] = body();
    sink.pages["/own"] = body("<style>.x,[data-selvedge-placement=hero]{min-height:500px}</style>");
    sink.pages["/none"] = `${STUB}${TAG}`;
    let offers = { hero: "<div style='height:300px'>tall</div>", foot: "<div style='height:70px'>foot</div>" };
    sink.answer = ({ decide }) => ({ decisions: (decide?.placements ?? []).map((name) => decision(name, offers[name] && name, offers[name])) });
    await page.addInitScript(SHIFTS);
    const look = async (path, width = 900) => {
      // What is left has the width it had.
      await page.goto("about:blank");
      await page.setViewportSize({ width, height: 800 });
      await page.goto(sink.url + path);
      await page.waitForFunction(() => document.querySelectorAll("[data-selvedge-decided]").length === document.querySelectorAll("[data-selvedge-placement]").length);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      return page.evaluate(() => [window.shifts, document.querySelector("#below")?.getBoundingClientRect().top]);
    };
    const [first, top] = await look("/");
    assert.ok(first > 0, "nobody knew");
    assert.deepEqual(await look("/"), [0, top]);
    // A page without them forgets nothing.
    await page.goto(`${sink.url}/none`);
    await page.waitForFunction("selvedge.status === 'ready'");
    sink.headers = { "content-security-policy": "style-src-elem 'none'" };
    assert.deepEqual(await look("/strict"), [0, top]);
    sink.headers = {};
    // Another width has other heights, and the site's own word counts more.
    assert.ok((await look("/", 500))[0] > 0);
    assert.equal((await look("/own"))[1], top + 200);
    assert.deepEqual(await look("/"), [0, top]);
    // What is not shown any more has kept its space once.
    offers = {};
    assert.deepEqual(await look("/"), [0, top]);
    assert.deepEqual(await look("/"), [0, top - 260 - 70]);
    await page.evaluate(() => selvedge.consent({ analytics: false }));
    assert.equal(await page.evaluate("localStorage.selvedge_space"), undefined);
  }));

test("whoever leaves the page is heard before its heights are looked up, and those are read without a write between them", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<div data-selvedge-placement="one"></div><div data-selvedge-placement="two"></div>${TAG}`;
    sink.answer = ({ decide }) => ({ decisions: (decide?.placements ?? []).map((name) => decision(name, name, "<b>x</b>")) });
    await page.goto(sink.url);
    await page.waitForFunction(() => document.querySelectorAll("[data-selvedge-offer]").length === 2);
    const done = await page.evaluate(async () => {
      const done = [];
      const { fetch, getComputedStyle } = window;
      window.fetch = (...call) => (done.push("sent"), fetch(...call));
      window.getComputedStyle = (element) => {
        // No style that was written waits to be laid out after the first read.
        done.push(`read ${[...document.querySelectorAll("[data-selvedge-placement]")].every(({ style }) => style.minHeight === "0px")}`);
        return getComputedStyle(element);
      };
      await selvedge.track("Last");
      document.dispatchEvent(new Event("freeze"));
      return done;
    });
    assert.deepEqual(done, ["sent", "read true", "read true"]);
    await sink.until(() => sink.named("Last").length);
  }));

test("an offer that is less than half in view, or in view for less than a second, was not seen", () =>
  visit(async ({ sink, page }) => {
    await standing(page);
    await page.setViewportSize({ width: 800, height: 600 });
    const box = (name) => `<div data-selvedge-placement="${name}" style="height:200px"></div>`;
    sink.pages["/"] = `<div style="height:510px"></div>${box("less")}<div style="height:2000px"></div>${box("short")}<div style="height:2000px"></div>${TAG}`;
    sink.answer = ({ decide }) => ({ decisions: (decide?.placements ?? []).map((name) => decision(name, name, "<b>x</b>")) });
    await page.goto(sink.url);
    const seen = () => sink.named("Promotion Viewed").map(({ properties }) => properties.position);
    const until = (condition) => sink.until(async () => (await page.clock.runFor(100), condition()));
    const frames = () => page.evaluate(() => new Promise((done) => {
      const [element] = document.querySelectorAll("[data-selvedge-offer]");
      // The observer's callbacks come with a frame; this one's after those of the tag's.
      new IntersectionObserver((_, observer) => (observer.disconnect(), done())).observe(element);
    }));
    await until(() => page.locator("[data-selvedge-offer]").count().then((count) => count === 2));
    const run = async (milliseconds) => {
      await frames();
      await page.clock.runFor(milliseconds);
    };
    // 90 of 200 pixels, for ten seconds.
    await run(10_000);
    assert.deepEqual(seen(), []);
    await page.evaluate(() => scrollTo(0, 2500));
    await run(900);
    await page.evaluate(() => scrollTo(0, 1300));
    await run(10_000);
    await page.evaluate(() => selvedge.track("Marker"));
    await until(() => sink.named("Marker").length);
    assert.deepEqual(seen(), []);
    await page.evaluate(() => scrollTo(0, 2500));
    await run(1100);
    await until(() => seen().length);
    assert.deepEqual(seen(), ["short"]);
    // 110 pixels.
    await page.evaluate(() => scrollTo(0, 20));
    await run(1100);
    await until(() => seen().length === 2);
    assert.deepEqual(seen(), ["short", "less"]);
  }));

test("an offer too tall to be half in view was seen when it filled half of the window for a second, also one that has grown", () =>
  visit(async ({ sink, page }) => {
    await standing(page);
    await page.setViewportSize({ width: 800, height: 600 });
    // 250 pixels in view.
    sink.pages["/"] = `<div style="height:350px"></div><div data-selvedge-placement="tall"></div>${TAG}`;
    sink.answer = ({ decide }) => ({ decisions: decide ? [decision("tall", "tall", "<div id='picture' style='height:700px'></div>")] : [] });
    await page.goto(sink.url);
    await sink.until(async () => (await page.clock.runFor(10), page.locator("#picture").count()));
    await page.evaluate(() => (document.querySelector("#picture").style.height = "2000px"));
    const run = async (milliseconds) => {
      // The observer's callbacks come with a frame; this one's after those of the tag's.
      await page.evaluate(() => new Promise((done) => new IntersectionObserver((_, observer) => (observer.disconnect(), done())).observe(document.body)));
      await page.clock.runFor(milliseconds);
    };
    const seen = async (marker) => {
      await page.evaluate((marker) => void selvedge.track(marker), marker);
      await sink.until(async () => (await page.clock.runFor(10), sink.named(marker).length));
      return sink.named("Promotion Viewed").length;
    };
    await run(5_000);
    assert.equal(await seen("One"), 0);
    await page.evaluate(() => scrollTo(0, 100));
    await run(900);
    await page.evaluate(() => scrollTo(0, 0));
    await run(5_000);
    assert.equal(await seen("Two"), 0);
    // Deeper in, the time that it is in view goes on.
    await page.evaluate(() => scrollTo(0, 100));
    await run(600);
    await page.evaluate(() => scrollTo(0, 300));
    await run(600);
    assert.equal(await seen("Three"), 1);
  }));

test("where the tag is blocked the page's own content is hidden no longer than the page says", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${WAIT}${HERO}${TAG}`;
    await page.route("**/tag.js", (route) => route.abort());
    await page.goto(sink.url);
    const visibility = () => page.evaluate(() => getComputedStyle(document.querySelector("p")).visibility);
    await sink.until(async () => (await visibility()) === "visible");
    assert.ok(await page.evaluate(() => performance.now()) < 3000);
  }));
