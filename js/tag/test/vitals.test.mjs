// How fast a page was, where it asks for that.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { TAG } from "./sink.mjs";

const ASKING = TAG.replace("data-write-key", 'data-capture="vitals" data-write-key');

test("web vitals are measured where a page asks, and said once when it is left", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<h1>Largest</h1><button onclick="for (const begun = performance.now(); performance.now() - begun < 60;);">x</button>${ASKING}`;
    await page.goto(sink.url);
    await page.waitForFunction(() => performance.getEntriesByType("resource").filter(({ name }) => /tag\/\w+\.js$/.test(name)).length === 3);
    await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length);
    await page.click("button");
    await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 100))));
    await page.goto(`${sink.url}/two`);
    await sink.until(() => sink.named("Web Vitals Measured").length);
    const [{ properties, context }] = sink.named("Web Vitals Measured");
    assert.equal(context.page.path, "/");
    assert.ok(properties.ttfb_ms >= 0 && properties.fcp_ms > 0 && properties.lcp_ms >= properties.fcp_ms - 1, JSON.stringify(properties));
    assert.equal(properties.cls, 0);
    // From the click to the next paint, which its listener holds up.
    assert.ok(properties.inp_ms >= 60 && properties.inp_ms < 5000, JSON.stringify(properties));
    assert.equal(sink.named("Web Vitals Measured").length, 1);
  }));
