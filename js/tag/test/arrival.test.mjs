// How a visitor comes to a page: by an advertisement, by a route of the fragment, to a page that was prepared ahead.

import assert from "node:assert/strict";
import { test } from "node:test";
import { alone, visit } from "./browser.mjs";
import { Sink, TAG } from "./sink.mjs";

const HASHED = TAG.replace("data-write-key", 'data-page-views="hash" data-write-key');

test("click ids and UTM parameters stand in the context, and another click begins another session", () =>
  visit(async ({ sink, page }) => {
    await page.goto(`${sink.url}/?utm_source=mail&utm_campaign=spring&utm_source=twice&gclid=G-1&fbclid=F-1&ttclid=T&msclkid=M&x=1`);
    await sink.until(() => sink.named("page").length);
    const { campaign, clickIds, sessionId } = sink.named("page")[0].context;
    assert.deepEqual(campaign, { source: "mail", name: "spring" });
    assert.deepEqual(clickIds, { gclid: "G-1", fbclid: "F-1", ttclid: "T", msclkid: "M" });
    await page.goto(`${sink.url}/two`);
    await sink.until(() => sink.named("page").length === 2);
    const { clickIds: none, sessionId: same } = sink.named("page")[1].context;
    assert.deepEqual([none, same], [undefined, sessionId]);
    await page.goto(`${sink.url}/?gclid=G-2`);
    await sink.until(() => sink.named("page").length === 3);
    assert.notEqual(sink.named("page")[2].context.sessionId, sessionId);
  }));

test("where the page says so, another fragment is another page", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<a href="#/cart">cart</a>${HASHED}`;
    await page.goto(`${sink.url}/#/start`);
    await sink.until(() => sink.named("page").length);
    await page.click("a");
    await page.evaluate(() => (location.hash = "/cart"));
    await page.evaluate(() => history.replaceState({}, "", "#/pay"));
    await page.goBack();
    const views = await sink.until(() => sink.named("page").length >= 4 && sink.named("page"));
    assert.deepEqual(views.map((view) => view.context.page.path), ["/#/start", "/#/cart", "/#/pay", "/#/start"]);
    assert.equal(views[1].context.page.referrer, `${sink.url}/#/start`);
  }));

test("a page that is prepared ahead counts when it is shown, with that time, and not if it never is", async () => {
  const sink = await new Sink().start();
  const rules = { prerender: [{ urls: ["/next", "/never"], eagerness: "immediate" }] };
  const prepared = Promise.withResolvers();
  sink.pages["/"] = `<a href="/next">next</a><script type="speculationrules">${JSON.stringify(rules)}</script>${TAG}
    <script>fetch("/go").then(() => document.querySelector("a").click())</script>`;
  sink.pages["/next"] = sink.pages["/never"] = `${TAG}<script>
    fetch("/here" + location.pathname + (document.prerendering ? "" : "/unprepared"));
    addEventListener("load", () => selvedge.track("Loaded"));
    document.addEventListener("prerenderingchange", () => selvedge.track("Shown"));
  </script>`;
  const asked = [];
  sink.rewrite = (path) => (asked.push(path), path);
  sink.wait = { "/go": prepared.promise };
  // By itself: browsers that are looked into by tools prepare nothing.
  const browser = await alone(sink.url);
  try {
    await sink.until(() => asked.includes("/here/next") && asked.includes("/here/never"), "the pages are prepared");
    await sink.until(() => sink.named("page").length);
    const shown = Date.now();
    prepared.resolve();
    await sink.until(() => sink.named("Shown").length && sink.named("Loaded").length);
    assert.deepEqual(sink.named("page").map(({ context }) => context.page.path), ["/", "/next"]);
    assert.ok(Date.parse(sink.named("page")[1].timestamp) >= shown, "its time is when it was shown");
    assert.equal(sink.named("page")[1].context.page.referrer, `${sink.url}/`);
  } finally {
    await browser.close();
    sink.stop();
  }
});
