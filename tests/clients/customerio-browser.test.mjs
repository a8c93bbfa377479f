// Customer.io's edition of analytics.js in Chromium. It is told one thing: where the edge is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../harness/edge.mjs";
import { makeCalls } from "./analytics-js.mjs";
import { edge, posts, site, stage, tap } from "./stage.mjs";
import { KEY, story, told } from "./story.mjs";

stage("browser", "@customerio/cdp-analytics-browser");

test("@customerio/cdp-analytics-browser", async () => {
  const person = story();
  await site.visit(async (page) => {
    await page.evaluate(makeCalls, { key: KEY, url: tap.url, person, options: {} });
    await until("all requests", () => posts().length === person.calls.length);
    await told(edge, tap, person);
  });
  assert.deepEqual(posts().sort(), ["a", "g", "i", "p", "s", "t", "t"].map((letter) => `/v1/${letter}`));
});
