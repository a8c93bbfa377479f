// A site that is on analytics.js, with Segment's own snippet: only the host is another, or the script is named by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";

/** Segment's snippet (5.2.0), as their documentation has it, but for the host. */
const snippet = (host, calls) => `<script>
!function(){var i="analytics",analytics=window[i]=window[i]||[];if(!analytics.initialize)if(analytics.invoked)window.console&&console.error&&console.error("Segment snippet included twice.");else{analytics.invoked=!0;analytics.methods=["trackSubmit","trackClick","trackLink","trackForm","pageview","identify","reset","group","track","ready","alias","debug","page","screen","once","off","on","addSourceMiddleware","addIntegrationMiddleware","setAnonymousId","addDestinationMiddleware","register"];analytics.factory=function(e){return function(){if(window[i].initialized)return window[i][e].apply(window[i],arguments);var n=Array.prototype.slice.call(arguments);if(["track","screen","alias","group","page","identify"].indexOf(e)>-1){var c=document.querySelector("link[rel='canonical']");n.push({__t:"bpc",c:c&&c.getAttribute("href")||void 0,p:location.pathname,u:location.href,s:location.search,t:document.title,r:document.referrer})}n.unshift(e);analytics.push(n);return analytics}};for(var n=0;n<analytics.methods.length;n++){var key=analytics.methods[n];analytics[key]=analytics.factory(key)}analytics.load=function(key,n){var t=document.createElement("script");t.type="text/javascript";t.async=!0;t.setAttribute("data-global-segment-analytics-key",i);t.src="${host}/analytics.js/v1/" + key + "/analytics.min.js";var r=document.getElementsByTagName("script")[0];r.parentNode.insertBefore(t,r);analytics._loadOptions=n};analytics._writeKey="demo";;analytics.SNIPPET_VERSION="5.2.0";
analytics.load("demo");
${calls}
}}();
</script>`;

const asSegments = (sink) => {
  sink.rewrite = (path) => (path.startsWith("/analytics.js/v1/demo/") ? "/analytics.js" : path);
};

test("Segment's snippet loads the tag, and the calls that were made before it are made in their order", () =>
  visit(async ({ sink, page }) => {
    asSegments(sink);
    sink.pages["/"] = `${snippet("", `
      kept = analytics;
      analytics.page("Shop", "Start", { n: 1 });
      analytics.identify("u1", { plan: "free" }, function () { identified = true });
      analytics.track("Early", { n: 2 }, { context: { active: false } });
      history.pushState({}, "", "/moved");
      analytics.ready(function () { isReady = analytics.user().id() });
      analytics.on("track", function (name) { (window.heard = window.heard || []).push(name) });`)}<button id="buy">x</button>`;
    await page.goto(sink.url);
    await page.waitForFunction("window.isReady === 'u1' && window.identified");
    assert.equal(await page.evaluate("kept === analytics && analytics.initialized"), true);
    await page.evaluate(() => {
      kept.track("Late", { n: 3 });
      analytics.push(["track", "Pushed"]);
      analytics.trackLink(document.getElementById("buy"), (element) => `Clicked ${element.id}`, { n: 4 });
      analytics.group("g1", { size: 3 }).then(() => analytics.alias("u2", "u1"));
      analytics.screen("Home");
    });
    await page.click("#buy");
    await sink.until(() => sink.named("Clicked buy").length && sink.named("alias").length);
    assert.deepEqual(sink.events.slice(0, 5).map((event) => event.event ?? event.name ?? event.userId), ["Start", "u1", "Early", "Late", "Pushed"]);
    const [view, user, early, late] = sink.events;
    assert.deepEqual([view.properties.category, view.properties.n, view.context.page.path], ["Shop", 1, "/"]);
    assert.deepEqual([user.type, user.traits], ["identify", { plan: "free" }]);
    assert.deepEqual([early.properties, early.context.active, early.context.page.path], [{ n: 2 }, false, "/"]);
    assert.equal(late.context.page.path, "/moved");
    assert.deepEqual(sink.named("group")[0].traits, { size: 3 });
    assert.equal(sink.named("alias")[0].previousId, "u1");
    assert.equal(sink.named("screen")[0].name, "Home");
    assert.deepEqual(await page.evaluate("heard"), ["Late", "Pushed", "Clicked buy"]);
    assert.equal(sink.requests[0].writeKey, "demo");
    // Views are the site's to say.
    assert.equal(sink.named("page").length, 1);
  }));

test("middleware, callbacks, ids and everything else that they may call is there", () =>
  visit(async ({ sink, page }) => {
    asSegments(sink);
    sink.pages["/"] = snippet("", "");
    await page.goto(sink.url);
    await page.waitForFunction("window.analytics.initialized");
    const result = await page.evaluate(async () => {
      await selvedge.ready();
      analytics.addSourceMiddleware(({ payload, next }) => {
        (payload.obj.properties ??= {}).seen = true;
        next(payload);
      });
      const called = new Promise((done) => analytics.track("One", done));
      const everything = analytics.methods.filter((method) => {
        try {
          if (!/^(track|load|page|identify|debug)/.test(method)) analytics[method]();
        } catch {
          return true;
        }
      });
      analytics.setAnonymousId("11111111-2222-4333-8444-555555555555");
      const { event } = await called;
      await analytics.track("Two");
      return { everything, messageId: event.messageId, anonymousId: analytics.user().anonymousId(), group: analytics.group().id() };
    });
    assert.deepEqual(result.everything, []);
    await sink.until(() => sink.named("Two").length);
    assert.equal(sink.named("One")[0].messageId, result.messageId);
    assert.equal(sink.named("One")[0].properties.seen, true);
    assert.deepEqual([result.anonymousId, result.group], ["11111111-2222-4333-8444-555555555555", null]);
    assert.equal(sink.named("Two")[0].anonymousId, result.anonymousId);
  }));

test("who signals Global Privacy Control gets no id out of Segment's cookie before the source's word is known", () =>
  visit(async ({ sink, context, page }) => {
    await context.addCookies([{ name: "ajs_anonymous_id", value: "ajs-known-7", url: sink.url }]);
    await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
    sink.pages["/"] = '<script src="/analytics.js" data-write-key="demo"></script>';
    sink.files = { js: { status: 0 } };
    await page.goto(sink.url, { waitUntil: "commit" });
    await page.waitForFunction("window.selvedge?.status === 'loading'");
    assert.doesNotMatch(await page.evaluate("document.cookie"), /selvedge/);
  }));

test("visitors whom Segment's script knew stay who they are, and a script named by hand does the same", () =>
  visit(async ({ sink, context, page }) => {
    await context.addCookies([{ name: "ajs_anonymous_id", value: "%22ajs-known-7%22", url: sink.url }]);
    sink.pages["/"] = '<script src="/analytics.js" data-write-key="demo"></script><script>analytics.page(); analytics.track("Hello")</script>';
    await page.goto(sink.url);
    await sink.until(() => sink.named("Hello").length);
    assert.deepEqual(sink.events.map((event) => [event.type, event.anonymousId]), [["page", "ajs-known-7"], ["track", "ajs-known-7"]]);
  }));

test("where nothing may be kept in the browser, an id that the page gives is not, either", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = '<script src="/analytics.js" data-write-key="demo" data-storage="none"></script>';
    await page.goto(sink.url);
    await page.waitForFunction("window.selvedge?.status === 'ready'");
    await page.evaluate(() => analytics.setAnonymousId("11111111-2222-4333-8444-555555555555"));
    assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage), document.cookie]), [[], ""]);
  }));
