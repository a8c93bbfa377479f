// `data-consent`: what waits in memory until somebody has said yes, what is sent then, and what is dropped after a no.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";

const tag = (consent) => `<script async src="/tag.js" data-write-key="demo" data-consent="${consent}"></script>`;
const kept = (page) => page.evaluate(() => [Object.keys(localStorage), document.cookie]);
const ready = (page) => page.waitForFunction("window.selvedge?.status === 'ready'");
const NOTHING = [[], ""];

/** A platform as the IAB specifies it: it calls its listeners, at once and with each change. */
const PLATFORMS = () => {
  const heard = { tcf: [], gpp: [] };
  const last = {};
  window.__tcfapi = (command, version, listener) => {
    if (command == "addEventListener") {
      heard.tcf.push(listener);
      listener(last.tcf ?? { eventStatus: "cmpuishown", tcString: "CPending", gdprApplies: true, purpose: { consents: {}, legitimateInterests: {} } }, true);
    }
  };
  window.sayTcf = (data) => {
    last.tcf = data;
    heard.tcf.forEach((listener) => listener(data, true));
  };
};
const answer = (analytics, eventStatus = "useractioncomplete") => ({
  eventStatus, gdprApplies: true, tcString: analytics ? "CYes" : "CNo",
  purpose: { consents: analytics ? { 1: true, 5: true, 6: true } : {}, legitimateInterests: { 8: true } },
});

/** A page whose platform has asked, and an event that waits for the answer. */
async function waiting(sink, page) {
  await page.addInitScript(PLATFORMS);
  sink.pages["/"] = tag("cmp");
  await page.goto(sink.url);
  await ready(page);
  await page.evaluate(() => void selvedge.track("Waits"));
}

test("with TCF everything waits for the visitor, and goes with the platform's own string", () =>
  visit(async ({ sink, page }) => {
    await waiting(sink, page);
    assert.deepEqual(await kept(page), NOTHING);
    assert.equal(sink.requests.length, 0);
    await page.evaluate((said) => sayTcf(said), answer(true));
    await sink.until(() => sink.named("Segment Consent Preference Updated").length);
    assert.deepEqual(sink.events.map((event) => event.event ?? event.type), ["page", "Waits", "Segment Consent Preference Updated"]);
    assert.deepEqual(sink.requests.at(-1).context.consent, { tcf: "CYes" });
    assert.ok((await kept(page))[1].includes("selvedge_anonymous_id"));
    // A no takes it back, and the edge is told with the new string.
    await page.evaluate((said) => sayTcf(said), answer(false));
    await sink.until(() => sink.requests.at(-1).context.consent.tcf === "CNo");
    assert.equal(await page.evaluate(() => selvedge.track("Refused")), undefined);
    assert.deepEqual((await kept(page))[1], "");
  }));

test("what waited is dropped when the visitor says no", () =>
  visit(async ({ sink, page }) => {
    await waiting(sink, page);
    await page.evaluate((said) => sayTcf(said), answer(false));
    await page.waitForFunction(() => selvedge.track("Refused").then((id) => id === undefined));
    assert.deepEqual([await kept(page), sink.requests.length], [NOTHING, 0]);
  }));

test("what was dropped while a request with it was under way is not sent again, and what comes after a yes is", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<script>dataLayer=[];function gtag(){dataLayer.push(arguments)}gtag("consent","default",{analytics_storage:"granted"})</script>${tag("cmp")}`;
    const answered = Promise.withResolvers();
    let isAway;
    sink.answer = async ({ batch }) => {
      if (!batch.some(({ event }) => event === "Away")) return {};
      isAway = true;
      await answered.promise;
      return { status: 503 };
    };
    await page.goto(sink.url);
    await ready(page);
    await sink.until(() => sink.named("page").length);
    await page.evaluate(() => void selvedge.track("Away"));
    await sink.until(() => isAway);
    // Where the visitor is, it waits for them after all, and they say no.
    await page.evaluate(() => gtag("consent", "default", { analytics_storage: "denied" }));
    await page.evaluate(() => gtag("consent", "update", { analytics_storage: "denied" }));
    await page.waitForFunction(() => selvedge.track("Refused").then((id) => id === undefined));
    answered.resolve();
    await sink.until(() => sink.requests.some(({ status }) => status === 503));
    await page.evaluate(() => selvedge.consent({ analytics: true }));
    await page.evaluate(() => void selvedge.track("After"));
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await sink.until(() => sink.named("After").length);
    assert.equal(sink.named("Away").length, 0);
  }));

test("where the framework does not apply, or was answered before, nothing waits", () =>
  visit(async ({ sink, page }) => {
    for (const said of [{ gdprApplies: false }, answer(true, "tcloaded")]) {
      await page.goto("about:blank");
      const path = `/${said.eventStatus ?? "elsewhere"}`;
      sink.pages[path] = `<script>(${PLATFORMS})();sayTcf(${JSON.stringify(said)})</script>${tag("cmp")}`;
      await page.goto(sink.url + path);
      await sink.until(() => sink.events.some((event) => event.context?.page?.path === path || sink.requests.at(-1)?.context.page?.path === path));
      assert.equal(sink.requests.at(-1).context.consent?.tcf, said.eventStatus && "CYes");
    }
    assert.equal(sink.named("Segment Consent Preference Updated").length, 0, "nobody has chosen anything");
  }));

test("Google's Consent Mode: a default of denied waits for the update", () =>
  visit(async ({ sink, page }) => {
    const gtag = "<script>dataLayer=[];function gtag(){dataLayer.push(arguments)}gtag('consent','default',{analytics_storage:'granted',ad_storage:'granted'});gtag('consent','default',{analytics_storage:'denied',region:['DE'],wait_for_update:500})</script>";
    sink.pages["/"] = gtag + tag("cmp");
    await page.goto(sink.url);
    await ready(page);
    await page.evaluate(() => void selvedge.track("Waits"));
    assert.deepEqual([await kept(page), sink.requests.length], [NOTHING, 0]);
    await page.evaluate(() => gtag("consent", "update", { analytics_storage: "granted", ad_user_data: "denied" }));
    await sink.until(() => sink.named("Waits").length);
    assert.deepEqual(sink.requests.at(-1).context.consent, { google: { ad_storage: "granted", analytics_storage: "granted", ad_user_data: "denied" } });
  }));

test("GPP with American sections holds nothing up; with a European one it counts, and of two platforms both must allow", () =>
  visit(async ({ sink, page }) => {
    const gpp = (sections, text) =>
      `<script>__gpp=(command,listener)=>command=="addEventListener"&&listener({eventName:"signalStatus",pingData:{signalStatus:"ready",gppString:${JSON.stringify(text)},parsedSections:${JSON.stringify(sections)}}},true)</script>`;
    sink.pages["/us"] = gpp({ usca: { SaleOptOut: 1 } }, "DUs") + tag("cmp");
    await page.goto(`${sink.url}/us`);
    await sink.until(() => sink.named("page").length);
    assert.deepEqual(sink.requests.at(-1).context.consent, { gpp: "DUs" });
    const purposes = (some) => Array.from({ length: 24 }, (_, index) => some.includes(index + 1));
    sink.pages["/eu"] = gpp({ tcfeuv2: { PurposeConsents: purposes([1]), PurposeLegitimateInterests: purposes([]) } }, "DEu") + tag("cmp");
    await page.goto(`${sink.url}/eu`);
    await ready(page);
    await page.waitForFunction(() => selvedge.track("Refused").then((id) => id === undefined));
    sink.pages["/both"] = `${gpp({ tcfeuv2: { PurposeConsents: purposes([1, 8]) } }, "DYes")}<script>(${PLATFORMS})()</script>${tag("cmp")}`;
    await page.goto(`${sink.url}/both`);
    await ready(page);
    const before = sink.requests.length;
    await page.evaluate(() => void selvedge.track("Both"));
    assert.equal(sink.requests.length, before);
    await page.evaluate((said) => sayTcf(said), answer(true));
    await sink.until(() => sink.named("Both").length);
    assert.deepEqual(sink.requests.at(-1).context.consent, { gpp: "DYes", tcf: "CYes" });
  }));

test("where it goes by the place, the edge is asked before anything is stored", () =>
  visit(async ({ sink, page }) => {
    sink.answer = () => ({ configVersion: 3, settings: { consent: "required" } });
    sink.pages["/"] = tag("place");
    await page.goto(sink.url);
    await sink.until(() => sink.requests.length);
    await page.waitForFunction(() => localStorage["selvedge_config:demo"]);
    await page.evaluate(() => void selvedge.track("Waits"));
    assert.deepEqual(sink.requests.map(({ batch, anonymousId }) => [batch, anonymousId]), [[[], undefined]]);
    assert.deepEqual(await kept(page), [["selvedge_config:demo"], ""]);
    await page.evaluate(() => selvedge.consent({ analytics: true }));
    await sink.until(() => sink.named("Waits").length);
  }));

test("where the place asks for nothing, what happened meanwhile is sent", () =>
  visit(async ({ sink, page }) => {
    sink.answer = () => ({ configVersion: 3, settings: {} });
    sink.pages["/"] = tag("place");
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    assert.deepEqual(sink.requests[0].batch, []);
  }));

/** Installs a clock, and counts the timers that a page sets. */
async function timed(page) {
  await page.clock.install();
  await page.addInitScript(() => {
    window.timers = 0;
    const { setTimeout } = window;
    window.setTimeout = (...call) => ((window.timers += 1), setTimeout(...call));
  });
}

test("a platform that comes half a minute late is heard when it comes; nobody looks for it meanwhile", () =>
  visit(async ({ sink, page }) => {
    await timed(page);
    sink.pages["/"] = tag("cmp");
    await page.goto(sink.url);
    await ready(page);
    await page.evaluate(() => void selvedge.track("Waits"));
    const before = await page.evaluate("timers");
    await page.clock.runFor(30_000);
    assert.equal(await page.evaluate("timers"), before);
    await page.route("**/platform.js", (route) => route.fulfill({ contentType: "text/javascript", body: `(${PLATFORMS})()` }));
    await page.evaluate(() => new Promise((onload) => document.head.append(Object.assign(document.createElement("script"), { src: "/platform.js", onload }))));
    await page.evaluate((said) => sayTcf(said), answer(true));
    await sink.until(async () => {
      await page.clock.runFor(500);
      return sink.named("Waits").length;
    });
  }));

test("where no platform has come in a minute the page is told, and may say itself what was chosen", () =>
  visit(async ({ sink, page }) => {
    await timed(page);
    sink.pages["/"] = tag("cmp");
    await page.goto(sink.url);
    await ready(page);
    await page.evaluate(() => selvedge.debug((kind, why) => kind === "skipped" && (window.why = why)));
    await sink.until(async () => {
      await page.clock.runFor(10_000);
      return page.evaluate("window.why");
    });
    assert.match(await page.evaluate("why"), /no consent platform has come/);
    assert.deepEqual([await kept(page), sink.requests.length], [NOTHING, 0]);
    await page.evaluate(() => selvedge.consent({ analytics: true }));
    await sink.until(async () => {
      await page.clock.runFor(500);
      return sink.named("page").length;
    });
  }));
