// The tag on pages that make it hard: strict policies, no wasm, other paths, an edge that is down, slow or tampered with.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { standing, visit } from "./browser.mjs";
import { BUILT, TAG, decision } from "./sink.mjs";
import { STUB } from "./stub.mjs";

const HERO = '<div data-selvedge-placement="hero"><p>own</p></div>';
const heroDecision = () => ({ decisions: [decision("hero", "o", "<b>offer</b>")] });

/** What the page's policy was broken with, as `directive blocked-uri`. */
const violations = (page) =>
  page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
  });

const story = async (sink, page) => {
  await sink.until(() => sink.named("page").length);
  await page.waitForSelector("[data-selvedge-offer] b");
  await page.evaluate(() => selvedge.track("Product Added", { price: 1.5 }));
  await sink.until(() => sink.named("Product Added").length);
  assert.deepEqual(sink.named("Product Added")[0].properties, { price: 1.5 });
};

const STRICT =
  "default-src 'none'; script-src 'nonce-n' 'strict-dynamic' 'wasm-unsafe-eval'; connect-src 'self'; base-uri 'none'; " +
  "require-trusted-types-for 'script'; trusted-types selvedge";

for (const [policy, csp, attribute, broken] of [
  ["a strict policy with Trusted Types", STRICT, "", []],
  ["a policy of nonces alone", STRICT.replace(" 'strict-dynamic'", ""), "", []],
  ["a policy of hosts", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'", "", []],
  ["a policy that forbids wasm", "script-src 'self'; connect-src 'self'", "", ["script-src wasm-eval"]],
  ["a policy that forbids wasm, on a site that says so", "script-src 'self'; connect-src 'self'", 'data-wasm="never"', []],
])
  test(`under ${policy} events are sent and offers shown${broken[0] ? "" : ", and nothing is reported"}`, () =>
    visit(async ({ sink, page }) => {
      sink.headers = { "content-security-policy": csp };
      sink.pages["/"] = `${HERO}<script async nonce="n" src="/tag.js" data-write-key="demo" ${attribute}></script>`;
      sink.answer = heroDecision;
      await violations(page);
      await page.goto(sink.url);
      await story(sink, page);
      assert.deepEqual(await page.evaluate("violations"), broken);
    }));

test("a browser without wasm runs the same decisions as JavaScript", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${HERO}${TAG}`;
    await page.addInitScript(() => delete window.WebAssembly);
    let refusals = 1;
    sink.answer = () => (refusals-- > 0 ? { status: 503 } : heroDecision());
    await page.goto(sink.url);
    await story(sink, page);
    assert.ok(sink.requests[1].at - sink.requests[0].at >= 490, "waits before it tries again");
  }));

test("a wasm that was tampered with does not run; its JavaScript does", () =>
  visit(async ({ sink, page }) => {
    let served = 0;
    sink.files = {
      wasm: {
        body: (bytes) => {
          served += 1;
          return Buffer.concat([bytes, Buffer.from([0, 2, 1, 65])]);
        },
      },
    };
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    assert.equal(served, 1);
    const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    assert.equal(loaded.filter((name) => /\/tag\/.*js$/.test(name)).length, 2);
  }));

test("a script that was tampered with does not run, and the page is as without a tag", () =>
  visit(async ({ sink, page, problems }) => {
    sink.pages["/"] = `${HERO}${TAG}`;
    sink.files = { js: { body: (bytes) => `window.tampered = 1;${bytes}` } };
    await page.goto(sink.url);
    await page.waitForFunction("window.selvedge?.status === 'failed'");
    assert.equal(await page.evaluate("window.tampered"), undefined);
    assert.equal(await page.innerHTML("[data-selvedge-placement]"), "<p>own</p>");
    assert.equal(await page.evaluate(() => selvedge.ready().catch(() => "rejected")), "rejected");
    assert.deepEqual(problems.map((problem) => problem.slice(0, 8)), ["selvedge"]);
  }, { allowWarnings: true }));

test("an edge that answers after thirty seconds is an edge that is not there: the page knows, and shows its own content", () =>
  visit(async ({ sink, page, open, problems }) => {
    sink.pages["/"] = `${HERO}${TAG}`;
    sink.files = { wasm: { status: 0 }, js: { status: 0 } };
    await page.clock.install();
    await page.goto(sink.url);
    await page.waitForFunction("window.selvedge?.status === 'loading'");
    assert.ok(await page.isVisible("[data-selvedge-placement] p"));
    await page.evaluate(() => {
      selvedge.ready().then(() => (window.told = "ready"), () => (window.told = "rejected"));
      selvedge.track("Kept", { n: 1 }).then(() => (window.settled = true));
    });
    await page.clock.runFor(21_000);
    await page.waitForFunction("window.told === 'rejected' && window.settled");
    assert.equal(await page.evaluate("selvedge.status"), "failed");
    assert.ok(await page.isVisible("[data-selvedge-placement] p"));
    assert.equal(problems.length, 1);
    // What was said is not lost: the next page that has a tag says it.
    sink.files = {};
    await page.close();
    const next = await open();
    await next.goto(`${sink.url}/next`);
    await sink.until(() => sink.named("page").length === 2);
    assert.equal(sink.named("Kept")[0].context.page.path, "/");
    assert.deepEqual(sink.named("page").map((event) => event.context.page.path), ["/", "/next"]);
  }, { allowWarnings: true }));

for (const [who, before, kept] of [
  ["nobody who says anything", () => {}, true],
  ["who signals Global Privacy Control", () => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }), false],
  ["who signals it and has said yes", () => {
    Object.defineProperty(navigator, "globalPrivacyControl", { value: true });
    localStorage.selvedge_consent = '{"analytics":true}';
  }, true],
  ["who has said no", () => void (localStorage.selvedge_consent = '{"analytics":false}'), false],
])
  test(`calls on a page that is left before the tag is there are ${kept ? "kept" : "dropped"}: ${who}`, () =>
    visit(async ({ sink, page }) => {
      sink.files = { js: { status: 0 } };
      await page.addInitScript(before);
      await page.goto(sink.url, { waitUntil: "commit" });
      await page.waitForFunction("window.selvedge?.status === 'loading'");
      await page.evaluate(() => void selvedge.track("Early"));
      sink.pages["/plain"] = "<p>no tag here</p>";
      await page.goto(`${sink.url}/plain`);
      assert.equal(await page.evaluate("!!localStorage.selvedge_early"), kept);
    }, { allowWarnings: true }));

test("where even the loader is blocked nobody waits for the stub's promises for ever", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${STUB}${TAG}`;
    await page.route("**/tag.js", (route) => route.abort("blockedbyclient"));
    await page.clock.install();
    await page.goto(sink.url);
    await page.evaluate(() => {
      selvedge.track("Kept").then(() => (window.settled = true));
      selvedge.ready().catch(() => (window.told = "rejected"));
      selvedge.ready();
    });
    await page.clock.runFor(21_000);
    await page.waitForFunction("window.settled && window.told === 'rejected'");
  }));

test("a loader that hangs for thirty seconds holds up nothing, the page knows, and what was said is sent when it comes", () =>
  visit(async ({ sink, page }) => {
    const late = Promise.withResolvers();
    await page.route("**/tag.js", (route) => late.promise.then(() => route.continue()));
    sink.pages["/"] = `${STUB}${TAG}${HERO}`;
    await standing(page);
    await page.goto(sink.url, { waitUntil: "domcontentloaded" });
    await page.evaluate(() => {
      selvedge.track("Kept", { n: 1 }).then((id) => (window.settled = [id]));
      selvedge.ready().catch(() => (window.told = "rejected"));
      return new Promise((painted) => new PerformanceObserver(painted).observe({ type: "paint", buffered: true }));
    });
    assert.ok(await page.isVisible("[data-selvedge-placement] p"));
    await page.clock.runFor(19_000);
    assert.equal(await page.evaluate("window.told"), undefined);
    await page.clock.runFor(2_000);
    await page.waitForFunction("window.told && window.settled");
    assert.deepEqual(await page.evaluate("[told, settled]"), ["rejected", [undefined]]);
    await page.clock.runFor(9_000);
    late.resolve();
    await page.waitForFunction("window.selvedge.status === 'ready'");
    await sink.until(async () => (await page.clock.runFor(500), sink.named("Kept").length));
    assert.deepEqual(sink.events.map(({ event, type }) => event ?? type), ["page", "Kept"]);
  }));

test("a loader whose files are gone is fetched anew for the next page", () =>
  visit(async ({ sink, page }) => {
    sink.files = { js: { status: 404 } };
    const fetched = [];
    page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
    await page.goto(sink.url);
    await sink.until(() => fetched.filter((path) => path === "/tag.js").length === 2);
  }, { allowWarnings: true }));

test("a part that is gone has the loader fetched anew for the next page", () =>
  visit(async ({ sink, page }) => {
    const { vitals } = JSON.parse(readFileSync(join(BUILT, "sizes.json"), "utf8"));
    sink.pages["/"] = TAG.replace("data-write-key", 'data-capture="vitals" data-write-key');
    await page.route(`**/${vitals.file}`, (route) => route.fulfill({ status: 404, body: "" }));
    const fetched = [];
    page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
    await page.goto(sink.url);
    await sink.until(() => fetched.filter((path) => path === "/tag.js").length === 2);
    await sink.until(() => sink.named("page").length);
  }));

test("a tag that never comes keeps a thousand calls, the first, and no more", () =>
  visit(async ({ sink, page }) => {
    sink.files = { js: { status: 404 } };
    await page.goto(sink.url);
    await page.waitForFunction("window.selvedge?.status === 'failed'");
    await page.evaluate(() => { for (let n = 1; n <= 1500; n += 1) selvedge.track("Many", { n }); });
    sink.files = {};
    await page.goto(`${sink.url}/next`);
    await sink.until(() => sink.named("Many").some(({ properties }) => properties.n === 999));
    await page.evaluate(() => selvedge.track("Last"));
    await sink.until(() => sink.named("Last").length);
    assert.deepEqual(sink.named("Many").map(({ properties }) => properties.n), Array.from({ length: 999 }, (_, n) => n + 1));
  }, { allowWarnings: true }));

/** The loader of a release that is gone: it names files that are nowhere, others for each number. */
const gone = async (sink, number) =>
  (await (await fetch(`${sink.url}/tag.js`)).text()).replace(/[\w+/]{43}=/g, (hash) => `${number}${hash.slice(1, 22)}${hash.slice(0, 21)}=`);

/** Serves loaders in the place of `tag.js`, one after another, then the loader of now. */
const serveFirst = (page, ...loaders) =>
  page.route("**/tag.js", (route) => {
    const body = loaders.shift();
    return body ? route.fulfill({ contentType: "text/javascript", body }) : route.continue();
  });

for (const [where, csp, script] of [
  ["", "", "<script src='/tag.js' data-write-key='demo'></script>"],
  [", under a policy of nonces alone with Trusted Types", STRICT.replace(" 'strict-dynamic'", ""),
    "<script src='/tag.js' nonce='n' data-write-key='demo'></script>"],
  [", started by the page", "", "<script src='/tag.js' data-page-views='manual'></script><script>selvedge.load('demo', { src: '/tag.js', pageViews: '' })</script>"],
])
  test(`a loader out of the browser's cache, whose release is gone, is followed by the loader of now${where}`, () =>
    visit(async ({ sink, page }) => {
      if (csp) sink.headers = { "content-security-policy": csp };
      sink.pages["/"] = `<script nonce="n">dataLayer = [{ event: "search", search_term: "one" }]</script>${HERO}
        <button data-selvedge-event="Clicked">x</button>${script}
        <script nonce="n">
          old = selvedge;
          selvedge.track("Early").then(function (id) { early = id });
          selvedge.ready(function () { isReady = true });
          document.querySelector("button").click();
          dataLayer.push({ event: "search", search_term: "two" });
        </script>`;
      sink.answer = heroDecision;
      await serveFirst(page, await gone(sink, 1));
      await violations(page);
      await page.goto(sink.url);
      await sink.until(() => page.evaluate(() => window.isReady && old.status === "ready" && selvedge.status === "ready"));
      await page.waitForSelector("[data-selvedge-offer] b");
      await page.click("button");
      await page.evaluate(() => {
        old.track("Late");
        dataLayer.push({ event: "search", search_term: "three" });
        selvedge.track("Last");
      });
      await sink.until(() => sink.named("Last").length);
      const said = sink.events.map((event) => event.properties.query ?? event.event ?? event.type);
      assert.deepEqual(said.sort(), ["Clicked", "Clicked", "Early", "Last", "Late", "one", "page", "three", "two"]);
      assert.equal(await page.evaluate("early"), sink.named("Early")[0].messageId);
      assert.deepEqual(await page.evaluate("violations"), []);
    }));

test("where the loader of now fails as well the page knows, once, and the next page says what was called", () =>
  visit(async ({ sink, page, problems }) => {
    sink.pages["/"] = `${HERO}${TAG}`;
    await serveFirst(page, await gone(sink, 1), await gone(sink, 2), await gone(sink, 2));
    await page.goto(sink.url);
    await page.waitForFunction("window.selvedge?.status === 'failed'");
    await page.evaluate(() => selvedge.track("Kept"));
    assert.equal(await page.evaluate(() => selvedge.ready().catch(() => "rejected")), "rejected");
    assert.equal(problems.length, 1);
    await page.goto(`${sink.url}/next`);
    await sink.until(() => sink.named("page").length === 2);
    assert.equal(sink.named("Kept")[0].context.page.path, "/");
  }, { allowWarnings: true }));

test("an edge that takes events but never answers leaves the page alone", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${HERO}${TAG}`;
    const asked = Promise.withResolvers();
    sink.answer = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    await page.clock.install();
    await page.goto(sink.url);
    await page.waitForFunction("window.selvedge?.status === 'ready'");
    await page.evaluate(() => void selvedge.decide(["hero"]).then((known) => (window.known = known)));
    await asked.promise;
    await page.clock.runFor(21_000);
    await page.waitForFunction("window.known");
    assert.deepEqual(await page.evaluate("known"), []);
    assert.equal(await page.innerHTML("[data-selvedge-placement]"), "<p>own</p>");
  }));

test("script, files and endpoint stand where the site wants them, under names of its own", () =>
  visit(async ({ sink, page }) => {
    sink.rewrite = (path) =>
      path.replace("/js/metrics.js", "/tag.js").replace("/static/v3/", "/").replace("/collect/v1/batch", "/v1/batch");
    sink.pages["/"] =
      '<script async src="/js/metrics.js" data-write-key="demo" data-assets="/static/v3" data-endpoint="/collect"></script>';
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    const loaded = await page.evaluate(() =>
      performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname.replace(/\w{16}/, "*")));
    const ours = new Set(loaded.filter((path) => path !== "/favicon.ico"));
    assert.deepEqual([...ours].sort(), ["/collect/v1/batch", "/js/metrics.js", "/static/v3/tag/*.js", "/static/v3/tag/*.wasm"]);
  }));

test("a page that starts the tag itself says which source and where", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<script src="/tag.js"></script><script>
      selvedge.load("demo", { pageViews: "manual" });
      selvedge.page("Started");
    </script>`;
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    assert.equal(sink.requests[0].writeKey, "demo");
    assert.deepEqual(sink.named("page").map((event) => event.name), ["Started"]);
  }));

test("nothing listens to `unload`, and a page with the tag comes back from the back/forward cache as a page view", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/other"] = "<p>other</p>";
    await page.addInitScript(() => {
      window.heard = [];
      for (const target of [window, document, EventTarget.prototype]) {
        const add = target.addEventListener;
        target.addEventListener = function (type, ...rest) {
          window.heard.push(type);
          return add.call(this, type, ...rest);
        };
      }
    });
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    const heard = await page.evaluate("heard");
    assert.ok(heard.includes("pagehide"));
    await page.evaluate("here = 1");
    assert.ok(!heard.includes("unload") && !heard.includes("beforeunload"), heard.join());
    await page.goto(`${sink.url}/other`);
    await sink.until(async () => (await page.evaluate(() => navigator.locks.query())).held.length === 0, "no lock held by it");
    await page.goBack({ waitUntil: "commit" });
    await sink.until(() => sink.named("page").length === 2);
    assert.ok(await page.evaluate("window.here"), "the page itself, not a new load");
    await page.evaluate(() => selvedge.track("After"));
    await sink.until(() => sink.named("After").length);
  }));
