// Global Privacy Control and Do Not Track, and what the source's config makes of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { TAG } from "./sink.mjs";

const GPC = () => Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true });
const DNT = () => Object.defineProperty(Navigator.prototype, "doNotTrack", { get: () => "1" });
const kept = (page) => page.evaluate(() => [Object.keys(localStorage), document.cookie]);

for (const [name, signal, settings] of [["gpc", GPC, { gpc: "refuse" }], ["dnt", DNT, { dnt: "refuse" }]])
  test(`where the config takes ${name} for a no, a first visit stores and sends nothing of the visitor`, () =>
    visit(async ({ sink, page }) => {
      await page.addInitScript(signal);
      sink.answer = () => ({ configVersion: 3, settings });
      await page.goto(sink.url);
      await sink.until(() => sink.requests.length);
      await page.waitForFunction(() => selvedge.track("Refused").then((id) => id === undefined));
      assert.deepEqual(sink.requests.map(({ batch, anonymousId }) => [batch, anonymousId]), [[[], undefined]]);
      assert.deepEqual(await kept(page), [["selvedge_config:demo"], ""]);
      // The next page knows, and asks nobody.
      await page.goto(`${sink.url}/two`);
      await page.waitForFunction("window.selvedge?.status === 'ready'");
      assert.equal(await page.evaluate(() => selvedge.track("Refused")), undefined);
      assert.equal(sink.requests.length, 1);
      // The visitor's own word counts more.
      await page.evaluate(() => selvedge.consent({ analytics: true }));
      await page.evaluate(() => selvedge.track("Allowed"));
      await sink.until(() => sink.named("Allowed").length);
    }));

test("where the config takes a signal for nothing, what happened before it was known is sent, too", () =>
  visit(async ({ sink, page }) => {
    await page.addInitScript(GPC);
    const answered = Promise.withResolvers();
    sink.answer = async ({ batch }) => {
      if (!batch.length) await answered.promise;
      return { configVersion: 3, settings: { dnt: "refuse" } };
    };
    await page.goto(sink.url);
    await page.waitForFunction("window.selvedge?.status === 'ready'");
    await page.evaluate(() => void selvedge.track("Early"));
    assert.deepEqual(await kept(page), [[], ""]);
    answered.resolve();
    await sink.until(() => sink.named("Early").length);
    assert.deepEqual(sink.events.map((event) => event.event ?? event.type), ["page", "Early"]);
    assert.ok((await kept(page))[1].includes("selvedge_anonymous_id"));
  }));

test("whoever was refused is asked for again after a day, because the config may have changed", () =>
  visit(async ({ sink, page }) => {
    await page.addInitScript(GPC);
    sink.answer = () => ({ configVersion: 3, settings: { gpc: "refuse" } });
    await page.goto(sink.url);
    await sink.until(() => sink.requests.length);
    await page.waitForFunction(() => localStorage["selvedge_config:demo"]);
    sink.answer = () => ({ configVersion: 4, settings: {} });
    await page.evaluate(() => {
      const key = "selvedge_config:demo";
      localStorage[key] = JSON.stringify({ ...JSON.parse(localStorage[key]), at: Date.now() - 86_400_001 });
    });
    await page.goto(`${sink.url}/two`);
    await sink.until(() => sink.named("page").length);
    assert.equal(sink.named("page")[0].context.page.path, "/two");
  }));

test("a browser without a signal is asked nothing", () =>
  visit(async ({ sink, page }) => {
    sink.answer = () => ({ configVersion: 3, settings: { gpc: "refuse", dnt: "refuse" } });
    sink.pages["/"] = TAG;
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    assert.equal(sink.requests.length, 1);
  }));
