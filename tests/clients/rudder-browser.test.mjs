// RudderStack's SDK in Chromium. It is told one thing: where the edge is. It knows no `screen`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../harness/edge.mjs";
import { edge, posts, site, stage, tap } from "./stage.mjs";
import { KEY, story, told } from "./story.mjs";

stage("browser", "@rudderstack/analytics-js/bundled");

/** Runs in the page. */
function makeCalls({ key, url, person, options }) {
  const analytics = new client.RudderAnalytics();
  analytics.load(key, url, { configUrl: url, ...options });
  analytics.setAnonymousId(person.anonymousId);
  for (const { type, userId, previousId, groupId, event, category, name, properties, traits, ...said } of person.calls) {
    const { timestamp, anonymousId, ...rest } = said;
    const options = { ...rest, ...(timestamp && { originalTimestamp: timestamp.toISOString() }) };
    if (type === "identify") analytics.identify(userId, traits, options);
    else if (type === "group") analytics.group(groupId, traits, options);
    else if (type === "alias") analytics.alias(userId, previousId, options);
    else if (type === "track") analytics.track(event, properties, options);
    else analytics.page(category, name, properties, options);
  }
}

/** The story without the message type that this client does not have. */
function rudderStory() {
  const person = story();
  return { ...person, calls: person.calls.filter(({ type }) => type !== "screen") };
}
test("@rudderstack/analytics-js", async () => {
  const person = rudderStory();
  await site.visit(async (page) => {
    await page.evaluate(makeCalls, { key: KEY, url: tap.url, person, options: {} });
    await until("all requests", () => posts().length === person.calls.length);
    await told(edge, tap, person);
  });
  assert.deepEqual(posts().sort(), ["alias", "group", "identify", "page", "track", "track"].map((type) => `/v1/${type}`));
  const asked = tap.exchanges.find(({ method, path }) => method === "GET" && path.startsWith("/sourceConfig/?"));
  assert.equal(asked.status, 200);
});

test("@rudderstack/analytics-js, over a connection that breaks", async () => {
  const person = rudderStory();
  tap.cuts = 3;
  await site.visit(
    async (page) => {
      await page.evaluate(makeCalls, { key: KEY, url: tap.url, person, options: {} });
      await until("all requests, and again those that were cut off", () => posts().length === person.calls.length, { within: 30_000 });
      await told(edge, tap, person);
    },
    { expected: /ERR_EMPTY_RESPONSE|will be retried/ },
  );
  assert.equal(tap.exchanges.filter(({ headers }) => headers["rsa-retry-attempt"] === "1").length, 3);
});

test("@rudderstack/analytics-js, in batches", async () => {
  const person = rudderStory();
  const batch = { enabled: true, maxItems: person.calls.length, flushInterval: 600_000 };
  await site.visit(async (page) => {
    await page.evaluate(makeCalls, { key: KEY, url: tap.url, person, options: { queueOptions: { batch } } });
    await until("the batch", () => posts().length === 1);
    await told(edge, tap, person);
  });
  assert.deepEqual(posts(), ["/v1/batch"]);
});

test("@rudderstack/analytics-js, by beacon", async () => {
  const person = rudderStory();
  const beaconQueueOptions = { maxItems: person.calls.length, flushQueueInterval: 600_000 };
  await site.visit(async (page) => {
    await page.evaluate(makeCalls, { key: KEY, url: tap.url, person, options: { useBeacon: true, beaconQueueOptions } });
    await until("the beacon", () => posts().length === 1);
    await told(edge, tap, person);
  });
  const [{ path, headers }] = tap.exchanges.filter(({ method }) => method === "POST");
  assert.deepEqual([path, headers.authorization], [`/beacon/v1/batch?writeKey=${KEY}`, undefined]);
});
