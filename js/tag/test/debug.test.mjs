// What the tag says of its work: in the console, to a listener, and on the page by `?selvedge_debug=1`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { TAG, decision } from "./sink.mjs";

test("a listener hears of each event, request, answer and decision, and why there is none", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<div data-selvedge-placement="hero"></div>${TAG}`;
    sink.answer = () => ({ accepted: 1, decisions: [decision("hero", "o", "<b>x</b>")] });
    await page.goto(sink.url);
    await sink.until(() => sink.named("page").length);
    await page.evaluate(async () => {
      heard = [];
      selvedge.debug((...entry) => heard.push(entry));
      await selvedge.track("Said", { n: 1 });
    });
    await page.waitForFunction(() => heard.some(([kind]) => kind === "decision"));
    await page.evaluate(async () => {
      await selvedge.track("Odd", { get broken() { throw new Error("odd"); } });
      await selvedge.consent({ analytics: false });
      await selvedge.track("Refused");
    });
    const heard = await page.evaluate("heard.map((entry) => [...entry])");
    const of = (kind) => heard.filter(([said]) => said === kind);
    assert.equal(of("event")[0][1].event, "Said");
    assert.equal(JSON.parse(of("request")[0][1]).batch[0].event, "Said");
    assert.deepEqual([of("answer")[0][1], of("answer")[0][2].accepted], [200, 1]);
    assert.equal(of("decision")[0][1].offer, "o");
    assert.deepEqual(of("skipped").map(([, why, what]) => [why, what.event ?? what]), [["it can't be written as JSON", "Odd"], ["consent is refused", "track"]]);
  }));

test("an attribute without a value is enough for the console", () =>
  visit(async ({ sink, page, problems }) => {
    sink.pages["/"] = TAG.replace("data-write-key", "data-debug data-write-key");
    await page.goto(sink.url);
    await sink.until(() => problems.some((said) => said.startsWith("selvedge: answer 200")));
  }, { allowWarnings: true }));

const overlay = (page) => page.locator("selvedge-debug");

test("the overlay shows what happens and why something does not, under a strict policy, on this page and the next, until it is told off", () =>
  visit(async ({ sink, page }) => {
    const strict = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types selvedge";
    sink.headers = { "content-security-policy": strict };
    sink.answer = () => ({
      configVersion: 5, accepted: 1, duplicate: 0, rejected: 0, decisions: [decision("hero", "week", "<b>x</b>")],
      settings: { mapping: [{ selector: ".buy", event: "Bought" }, { selector: "a", event: "Left", pages: "/exit" }] },
    });
    sink.pages["/"] = `<div data-selvedge-placement="hero"></div><i class="buy"></i><i class="buy"></i>${TAG}`;
    await page.addInitScript(() => {
      window.violations = [];
      document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
    });
    await page.goto(`${sink.url}/?selvedge_debug=1`);
    const says = async (text) => overlay(page).getByText(text).first().waitFor({ state: "visible" });
    await says("page");
    await says("200: 1 accepted");
    await says("hero: week (audience)");
    await says("Mapping “Bought” (click .buy): 2 on this page.");
    await says("Mapping “Left” (click a): not on this page, only on /exit.");
    await says("Events are recorded.");
    await says("There is no dataLayer");
    await page.evaluate(async () => {
      await selvedge.track("Before");
      await selvedge.consent({ analytics: false });
      await selvedge.track("Refused");
    });
    await says("track: consent is refused");
    await says("Nothing is recorded: the visitor has said no, by consent().");
    assert.deepEqual(await page.evaluate("violations"), []);
    await page.goto(`${sink.url}/two`);
    await overlay(page).waitFor({ state: "attached" });
    await page.goto(`${sink.url}/two?selvedge_debug=0`);
    await page.waitForFunction("window.selvedge?.status === 'ready'");
    assert.equal(await overlay(page).count(), 0);
  }));

test("the overlay says why no decision is the visitor's where the edge gets no cookie", () =>
  visit(async ({ sink, page }) => {
    sink.shared = { "access-control-allow-origin": "*" };
    const elsewhere = sink.url.replace("127.0.0.1", "localhost");
    for (const [path, attributes] of [["/", ""], ["/device", 'data-device="token"']])
      sink.pages[path] = TAG.replace("data-write-key", `data-endpoint="${elsewhere}" ${attributes} data-write-key`);
    const says = overlay(page).getByText("The edge is on another origin and gets no cookie from here");
    await page.goto(`${sink.url}/?selvedge_debug=1`);
    await says.waitFor();
    await page.goto(`${sink.url}/device`);
    await overlay(page).getByText("Events are recorded.").waitFor();
    assert.equal(await says.count(), 0);
  }));

const GPC = () => Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true });
const DNT = () => Object.defineProperty(Navigator.prototype, "doNotTrack", { get: () => "1" });
/** It speaks long after the overlay was drawn, and nothing else happens then. */
const CMP = () => {
  window.__tcfapi = (command, version, listener) => {
    const no = { eventStatus: "tcloaded", tcString: "CNo", gdprApplies: true, purpose: { consents: {}, legitimateInterests: {} } };
    const speak = () => (document.querySelector("selvedge-debug") ? setTimeout(listener, 500, no, true) : setTimeout(speak, 10));
    speak();
  };
};
const nothing = () => {};

for (const [what, { before = nothing, attributes = "", settings }, ...sentences] of [
  ["Global Privacy Control, by the page", { before: GPC, attributes: 'data-gpc="refuse"' },
    "Nothing is recorded: the browser sends Global Privacy Control, which the page takes for a no.", "This browser sends Global Privacy Control; that is a no until the visitor says yes."],
  ["Do Not Track, by the page", { before: DNT, attributes: 'data-dnt="refuse"' },
    "Nothing is recorded: the browser sends Do Not Track, which the page takes for a no."],
  ["Global Privacy Control, by the source", { before: GPC, settings: { gpc: "refuse" } },
    "Nothing is recorded: the browser sends Global Privacy Control, which the source takes for a no."],
  ["a signal that nobody has spoken of yet", { before: DNT },
    "Events wait in memory: the source has not said what the browser's signal means."],
  ["a choice that the page requires", { attributes: 'data-consent="required"' },
    "Events wait in memory: the page requires a choice of the visitor, by consent()."],
  ["the law of the visitor's place", { attributes: 'data-consent="place"', settings: { consent: "required" } },
    "Events wait in memory: where this visitor is, the law asks first"],
  ["a consent platform that has not spoken", { attributes: 'data-consent="cmp"' },
    "Events wait in memory: the page's consent platform has not said what the visitor chose."],
  ["a consent platform's no", { before: CMP, attributes: 'data-consent="cmp"' },
    "Nothing is recorded: the page's consent platform says no."],
  ["a no of the visitor's on an earlier page", { before: () => void (localStorage.selvedge_consent = '{"analytics":false}') },
    "Nothing is recorded: the visitor has said no, by consent()."],
])
  test(`the overlay says that nothing is captured because of ${what}`, () =>
    visit(async ({ sink, page }) => {
      await page.addInitScript(before);
      sink.pages["/"] = TAG.replace("data-write-key", `${attributes} data-write-key`);
      // What is learned long after the overlay was drawn is seen, too.
      await page.clock.install();
      sink.answer = async () => {
        await overlay(page).waitFor({ state: "attached" });
        await page.clock.runFor(1000);
        return settings ? { configVersion: 3, settings } : { status: 503 };
      };
      await page.goto(`${sink.url}/?selvedge_debug=1`);
      await page.waitForFunction("window.selvedge?.status === 'ready'");
      for (const sentence of sentences) await overlay(page).getByText(sentence).first().waitFor({ state: "visible" });
      assert.equal(sink.events.length, 0);
    }));
