// Clients that run on a site's servers: those of Segment, Customer.io and RudderStack for Node.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Edge, until } from "../harness/edge.mjs";
import { CustomerioNode, RudderNode, SegmentNode } from "./packages.mjs";
import { edge, stage, tap, waited, whileLimited } from "./stage.mjs";
import { KEY, config, story, told } from "./story.mjs";
import { Tap } from "./tap.mjs";

stage("server");

/** Makes all calls, on a client whose methods are named for the message types. */
function makeCalls(client, { calls }) {
  for (const { type, ...message } of calls) client[type](message);
}

for (const [name, Client] of Object.entries({ "@segment/analytics-node": SegmentNode, "@customerio/cdp-analytics-node": CustomerioNode })) {
  test(name, async () => {
    const person = story();
    const client = new Client({ writeKey: KEY, host: tap.url });
    const failures = [];
    client.on("error", (error) => failures.push(error));
    makeCalls(client, person);
    await client.closeAndFlush();
    assert.deepEqual(failures, []);
    await told(edge, tap, person);
    assert.deepEqual(tap.exchanges.map(({ path }) => path), ["/v1/batch"]);
  });
}

for (const gzip of [true, false]) {
  test(`@rudderstack/rudder-sdk-node, ${gzip ? "gzip" : "plain"}`, async () => {
    const person = story();
    const client = new RudderNode(KEY, { dataPlaneUrl: tap.url, gzip, logLevel: "error" });
    makeCalls(client, person);
    await client.flush();
    await told(edge, tap, person);
    for (const { path, headers } of tap.exchanges) {
      assert.equal(path, "/v1/batch");
      assert.equal(headers["content-encoding"], gzip ? "gzip" : undefined);
    }
  });
}

/** Each client, as it is told to send what it has, and what it says when it can't. */
const CLIENTS = {
  "@segment/analytics-node": () => {
    const client = new SegmentNode({ writeKey: KEY, host: tap.url });
    return [client, () => client.closeAndFlush({ timeout: 60_000 })];
  },
  "@customerio/cdp-analytics-node": () => {
    // It does not listen to when it is to come again, and by itself it gives up within a second.
    const client = new CustomerioNode({ writeKey: KEY, host: tap.url, maxRetries: 20 });
    return [client, () => client.closeAndFlush({ timeout: 60_000 })];
  },
  "@rudderstack/rudder-sdk-node": () => {
    const client = new RudderNode(KEY, { dataPlaneUrl: tap.url, logLevel: "error" });
    return [client, () => client.flush()];
  },
};

for (const [name, start] of Object.entries(CLIENTS)) {
  test(`${name}, while its source may not send more: it waits, and nothing is lost`, async () => {
    const person = story();
    await whileLimited(async () => {
      const [client, flush] = start();
      makeCalls(client, person);
      await flush();
    });
    await told(edge, tap, person);
    waited();
  });
}

test("@segment/analytics-node, before anything is published", async () => {
  const early = await Edge.start({ config: false });
  const tap = await Tap.open(early);
  try {
    const person = story();
    const client = new SegmentNode({ writeKey: KEY, host: tap.url });
    makeCalls(client, person);
    const sent = client.closeAndFlush({ timeout: 60_000 });
    const first = await until("a first try", () => tap.exchanges[0]);
    assert.deepEqual([first.status, first.answer.code], [503, "no_config"]);
    await early.publish(config("server"));
    await sent;
    await told(early, tap, person);
    assert.equal(tap.exchanges.at(-1).headers["x-retry-count"], String(tap.exchanges.length - 1));
  } finally {
    await tap.close();
    await early.close();
  }
});
