// analytics.js of Segment in Chromium. It is told one thing: where the edge is. The rest it reads there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../harness/edge.mjs";
import { makeCalls } from "./analytics-js.mjs";
import { edge, posts, site, stage, tap, waited, whileLimited } from "./stage.mjs";
import { KEY, story, told } from "./story.mjs";

stage("browser", "@segment/analytics-next");

test("@segment/analytics-next, one request for each event", async () => {
  const person = story();
  await site.visit(async (page) => {
    await page.evaluate(makeCalls, { key: KEY, url: tap.url, person, options: {} });
    await told(edge, tap, person);
  });
  assert.deepEqual(posts().sort(), ["a", "g", "i", "p", "s", "t", "t"].map((letter) => `/v1/${letter}`));
  const asked = tap.exchanges.filter(({ method }) => method === "GET").map(({ path, status }) => [path, status]);
  assert.deepEqual(asked, [[`/v1/projects/${KEY}/settings`, 200]]);
});

test("@segment/analytics-next, over a connection that breaks", async () => {
  const person = story();
  tap.cuts = 3;
  await site.visit(
    async (page) => {
      await page.evaluate(makeCalls, { key: KEY, url: tap.url, person, options: {} });
      await until("all requests, and again those that were cut off", () => posts().length === person.calls.length, { within: 30_000 });
      await told(edge, tap, person);
    },
    { expected: /ERR_EMPTY_RESPONSE|Error sending event/ },
  );
  assert.equal(tap.exchanges.filter(({ headers }) => headers["x-retry-count"]).length, 3);
});

test("@segment/analytics-next, while its source may not send more: it waits, and nothing is lost", async () => {
  const person = story();
  await site.visit(
    async (page) => {
      await whileLimited(async () => {
        await page.evaluate(makeCalls, { key: KEY, url: tap.url, person, options: {} });
        await told(edge, tap, person);
      });
    },
    { expected: /429|Error sending event/ },
  );
  waited();
});

test("@segment/analytics-next, in batches, the last of them while the page goes away", async () => {
  const person = story();
  const deliveryStrategy = { strategy: "batching", config: { size: 5, timeout: 600_000 } };
  await site.visit(async (page) => {
    const options = { integrations: { "Segment.io": { deliveryStrategy } } };
    await page.evaluate(makeCalls, { key: KEY, url: tap.url, person, options });
    await until("the first batch", () => posts().length === 1);
    assert.equal(tap.events.length, 5);
    await page.goto("about:blank");
    await told(edge, tap, person);
  });
  assert.deepEqual(posts(), ["/v1/b", "/v1/b"]);
});

test("what it measures about itself is taken and dropped", async () => {
  const metrics = async () => (await edge.usage()).clientMetrics;
  const sofar = await metrics();
  const person = story();
  await site.visit(async (page) => {
    await page.evaluate(
      async ({ key, url, anonymousId }) => {
        const measured = (settings) => ({ ...settings, metrics: { ...settings.metrics, sampleRate: 1, flushTimer: 1 } });
        const options = { updateCDNSettings: measured, integrations: { "Segment.io": { protocol: "http", apiHost: `${new URL(url).host}/v1` } } };
        const analytics = client.AnalyticsBrowser.load({ writeKey: key, cdnURL: url }, options);
        await analytics.track("Measured", {}, { anonymousId });
      },
      { key: KEY, url: tap.url, anonymousId: person.anonymousId },
    );
    await until("a metric", () => posts().includes("/v1/m"));
  });
  assert.ok((await metrics()) > sofar);
  const { status, answer } = tap.exchanges.find(({ method, path }) => method === "POST" && path === "/v1/m");
  assert.deepEqual([status, answer], [200, { success: true }]);
});
