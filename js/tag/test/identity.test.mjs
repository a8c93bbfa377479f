import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { TAG, decision } from "./sink.mjs";

const REQUIRED = '<script async src="/tag.js" data-write-key="demo" data-consent="required"></script>';

test("the anonymous id stays over pages, in localStorage and in a cookie", () =>
  visit(async ({ sink, page, context }) => {
    await page.goto(`${sink.url}/a`);
    await sink.until(() => sink.named("page").length);
    await page.goto(`${sink.url}/b`);
    await sink.until(() => sink.named("page").length === 2);
    const [a, b] = sink.events;
    assert.equal(a.anonymousId, b.anonymousId);
    const cookies = await context.cookies();
    assert.equal(cookies.find((cookie) => cookie.name === "selvedge_anonymous_id")?.value, a.anonymousId);
  }));

test("tabs on the first visit mint one anonymous id: the second waits for the first, and finds its cookie", () =>
  visit(async ({ sink, page, open }) => {
    sink.pages["/first"] = "<p>about to mint</p>";
    await page.goto(`${sink.url}/first`);
    await page.evaluate(() =>
      new Promise((held) => navigator.locks.request("selvedge:id", () => (held(), new Promise((done) => (release = done))))));
    const tabs = await Promise.all([open(), open(), open()]);
    await Promise.all(tabs.map((tab, n) => tab.goto(`${sink.url}/${n}`)));
    for (const tab of tabs) assert.equal(await tab.evaluate("selvedge.status"), "loading");
    await page.evaluate(() => {
      document.cookie = "selvedge_anonymous_id=minted-first;path=/";
      release();
    });
    await sink.until(() => sink.named("page").length === 3);
    assert.deepEqual([...new Set(sink.events.map((event) => event.anonymousId))], ["minted-first"]);
  }));

test("the first event of a browser in which nothing says who it is says so, and none after a reset or a no", () =>
  visit(async ({ sink, page }) => {
    await page.goto(sink.url);
    await page.evaluate(() => selvedge.track("Second"));
    await page.evaluate(async () => {
      selvedge.reset();
      await selvedge.track("Third");
    });
    await page.goto(`${sink.url}/next`);
    await sink.until(() => sink.named("page").length === 2 && sink.named("Third").length);
    const [known] = sink.named("Second");
    await page.evaluate(async () => {
      await selvedge.consent({ analytics: false });
      await selvedge.consent({ analytics: true });
      await selvedge.track("Fourth");
    });
    await sink.until(() => sink.named("Fourth").length);
    assert.notEqual(sink.named("Fourth")[0].anonymousId, known.anonymousId);
    assert.deepEqual(sink.events.filter(({ context }) => context.handover != null).map(({ type }) => type), ["page"]);
    assert.deepEqual(sink.events[0].context.handover, "");
  }));

test("an anonymous id that the server has set is adopted", () =>
  visit(async ({ sink, page, context }) => {
    await context.addCookies([{ name: "selvedge_anonymous_id", value: "from-server", url: sink.url }]);
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    assert.equal(sink.events[0].anonymousId, "from-server");
  }));

test("identify carries traits and token, and later events the user id", () =>
  visit(async ({ sink, page }) => {
    await page.goto(sink.url);
    await page.evaluate(async () => {
      await selvedge.identify("u1", { plan: "gold" }, { token: "a.b.c" });
      await selvedge.identify({ city: "Bern" });
      await selvedge.track("Later");
    });
    await sink.until(() => sink.named("Later").length);
    const [first, second] = sink.named("identify");
    assert.equal(first.userId, "u1");
    assert.deepEqual(first.traits, { plan: "gold" });
    assert.equal(first.context.identityToken, "a.b.c");
    assert.equal(first.context.page.path, "/");
    assert.equal(second.userId, "u1");
    assert.equal(second.context.identityToken, undefined);
    assert.equal(sink.named("Later")[0].userId, "u1");
    assert.equal(first.anonymousId, sink.named("page")[0].anonymousId);
    assert.deepEqual(await page.evaluate("selvedge.user().traits()"), { plan: "gold", city: "Bern" });
    assert.equal(await page.evaluate("selvedge.user().id()"), "u1");
  }));

test("another user on the same browser gets an anonymous id of their own first", () =>
  visit(async ({ sink, page }) => {
    await page.goto(sink.url);
    await page.evaluate(async () => {
      await selvedge.identify("u1", { plan: "gold" });
      await selvedge.identify("u2");
      await selvedge.track("Later");
    });
    await sink.until(() => sink.named("Later").length);
    const [one, two] = sink.named("identify");
    assert.notEqual(one.anonymousId, two.anonymousId);
    assert.equal(two.userId, "u2");
    assert.deepEqual(two.traits, {});
    assert.deepEqual(await page.evaluate("selvedge.user().traits()"), {});
    assert.equal(sink.named("Later")[0].anonymousId, two.anonymousId);
  }));

test("reset forgets the user, takes their offer back and asks anew", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<div data-selvedge-placement="hero"><p>own</p></div>${TAG}`;
    let person = "u1";
    sink.answer = () => ({ decisions: [person ? decision("hero", "vip", "<b>vip</b>") : decision("hero")] });
    await page.goto(sink.url);
    await page.evaluate(() => selvedge.identify("u1"));
    await page.waitForSelector("b");
    await sink.until(() => sink.named("identify").length);
    const before = sink.requests.length;
    person = "";
    const shown = await page.evaluate(() => {
      selvedge.reset();
      return document.querySelector("[data-selvedge-placement]").innerHTML;
    });
    assert.equal(shown, "<p>own</p>");
    const asked = await sink.until(() => sink.requests.slice(before).find((request) => request.decide));
    assert.deepEqual(asked.decide.placements, ["hero"]);
    assert.deepEqual(asked.batch, []);
    assert.notEqual(asked.anonymousId, sink.events[0].anonymousId);
    await page.evaluate(() => selvedge.track("After"));
    await sink.until(() => sink.named("After").length);
    assert.equal(sink.named("After")[0].userId, undefined);
    assert.equal(sink.named("After")[0].anonymousId, asked.anonymousId);
  }));

test("an unbound anonymous id is asked for again, and replaced once per page", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<div data-selvedge-placement="hero"></div>${TAG}`;
    sink.answer = () => ({ device: "unbound", decisions: [decision("hero")] });
    await page.goto(sink.url);
    await sink.until(() => sink.requests.length === 3);
    await page.evaluate(() => selvedge.track("Later"));
    await sink.until(() => sink.named("Later").length);
    const ids = sink.requests.map((request) => request.anonymousId);
    assert.equal(ids.length, 4);
    assert.equal(ids[0], ids[1]);
    assert.notEqual(ids[1], ids[2]);
    assert.equal(ids[2], ids[3]);
  }));

test("where consent is required nothing is stored or sent before it, and nothing is lost after it", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = REQUIRED;
    await page.goto(sink.url);
    await page.waitForFunction("selvedge.user().anonymousId()");
    await page.evaluate(() => selvedge.track("Held"));
    assert.equal(await page.evaluate("Object.keys(localStorage).length + document.cookie.length"), 0);
    assert.equal(sink.requests.length, 0);
    await page.evaluate(() => selvedge.consent({ analytics: true, advertising: false }));
    await sink.until(() => sink.named("Held").length);
    assert.deepEqual(sink.events.slice(0, 2).map((event) => event.event ?? event.type), ["page", "Held"]);
    assert.deepEqual(sink.requests[0].context.consent, { categoryPreferences: { analytics: true, advertising: false } });
    assert.equal(sink.named("Segment Consent Preference Updated").length, 1);
    await page.reload();
    await sink.until(() => sink.named("page").length === 2);
  }));

test("a refusal drops what was held", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${REQUIRED}<a href="/next" data-selvedge-event="Clicked">x</a>`;
    sink.pages["/next"] = `<div data-selvedge-placement="hero"></div>${REQUIRED}`;
    await page.goto(sink.url);
    await page.waitForFunction("selvedge.user().anonymousId()");
    await page.evaluate(() => selvedge.consent({ analytics: false }));
    await page.click("a");
    await page.waitForURL("**/next");
    await page.waitForFunction("selvedge.user().anonymousId()");
    assert.deepEqual(await page.evaluate("selvedge.decide(['hero'])"), []);
    assert.deepEqual(await page.evaluate("Object.keys(localStorage)"), ["selvedge_consent"]);
    assert.equal(sink.requests.length, 0);
  }));

test("a withdrawal is the last thing that is sent", () =>
  visit(async ({ sink, page, context }) => {
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    await page.evaluate(async () => {
      await selvedge.consent({ analytics: false });
      await selvedge.track("Not recorded");
    });
    await sink.until(() => sink.named("Segment Consent Preference Updated").length);
    assert.deepEqual(sink.requests.at(-1).context.consent, { categoryPreferences: { analytics: false } });
    assert.equal(sink.named("Segment Consent Preference Updated")[0].anonymousId, sink.events[0].anonymousId);
    await sink.until(async () => (await page.evaluate("Object.keys(localStorage).join()")) === "selvedge_consent");
    assert.deepEqual(await context.cookies(), []);
    assert.equal(sink.named("Not recorded").length, 0);
  }));
