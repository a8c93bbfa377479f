// Customer.io's edition of analytics.js in Chromium. It is told one thing: where the edge is.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge, until } from "../harness/edge.mjs";
import { makeCalls } from "./analytics-js.mjs";
import { Site } from "./site.mjs";
import { KEY, config, story, told } from "./story.mjs";
import { Tap } from "./tap.mjs";

let edge;
let site;
let tap;
before(async () => {
  [edge, site] = await Promise.all([Edge.start({ config: false }), Site.open("@customerio/cdp-analytics-browser")]);
  await edge.publish(config("browser"));
  tap = await Tap.open(edge);
});
after(() => Promise.all([tap.close(), edge.close(), site.close()]));

test("@customerio/cdp-analytics-browser", async () => {
  const person = story();
  const posts = () => tap.exchanges.filter(({ method }) => method === "POST").map(({ path }) => path);
  await site.visit(async (page) => {
    await page.evaluate(makeCalls, { key: KEY, url: tap.url, person, options: {} });
    await until("all requests", () => posts().length === person.calls.length);
    await told(edge, tap, person);
  });
  assert.deepEqual(posts().sort(), ["a", "g", "i", "p", "s", "t", "t"].map((letter) => `/v1/${letter}`));
});
