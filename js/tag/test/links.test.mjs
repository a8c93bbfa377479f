// Links to the site's other domains: when the edge is asked for its word, and what the link carries. The way itself: tests/stories/domains.test.mjs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK } from "../link-key.js";
import { standing, visit } from "./browser.mjs";
import { TAG } from "./sink.mjs";

test("an edge that has no word for a link is asked again, later each time, and the link waits for nobody", () =>
  visit(async ({ sink, page }) => {
    await standing(page);
    const until = (condition) => sink.until(async () => (await page.clock.runFor(1), condition()));
    await page.addInitScript(() => {
      window.answers = 0;
      const { json } = Response.prototype;
      Response.prototype.json = async function () {
        const said = await json.call(this);
        window.answers += 1;
        return said;
      };
    });
    let handover;
    sink.answer = () => ({ configVersion: 3, settings: { domains: ["outlet.test"] }, handover });
    sink.pages["/"] = `<a href="http://outlet.test/shoe?size=42" onclick="event.preventDefault(); followed = this.href">shoe</a>${TAG}`;
    await page.goto(sink.url);
    await until(() => page.evaluate(() => localStorage["selvedge_config:demo"]));
    const asked = () => sink.requests.filter((request) => request.handover).length;
    const look = () => page.evaluate(() => document.querySelector("a").dispatchEvent(new Event("pointerover", { bubbles: true })));
    // Until the part that listens is there.
    await until(async () => (await look(), asked()));
    const answered = () => page.waitForFunction((count) => window.answers === count, sink.requests.length);
    for (const wait of [2_000, 4_000, 8_000]) {
      await answered();
      const before = asked();
      await page.clock.runFor(wait - 200);
      await look();
      assert.equal(asked(), before, `asked before ${wait} ms`);
      await page.clock.runFor(200);
      await look();
      await until(() => asked() === before + 1);
    }
    await page.click("a");
    assert.equal(await page.evaluate("followed"), "http://outlet.test/shoe?size=42");
    await answered();
    handover = "word";
    await page.clock.runFor(16_000);
    await look();
    await until(async () => (await page.click("a"), (await page.evaluate("followed")).includes(LINK)));
    assert.equal(new URL(await page.evaluate("followed")).searchParams.get(LINK), "word");
  }));
