// What became of what came in is counted, by source and reason, and can be seen a moment later.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge, until } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const intake = async (query = "") => (await (await edge.admin(`/v1/intake${query}`)).json()).intake;
const count = (rows, source, code) => rows.filter((row) => row.source === source && row.code === code).reduce((sum, row) => sum + row.count, 0);
const event = (messageId, more) => ({ messageId, type: "track", event: "Tried", anonymousId: "intake-1", ...more });

test("before the first event there is nothing", async () => {
  assert.deepEqual(await intake(), []);
});

test("events are counted by source and what became of them, and requests that failed by their code", async () => {
  const batch = [event("a"), event("b"), event("b"), event("c", { type: "odd" })];
  await edge.send({ writeKey: "demo", batch });
  await edge.send({ writeKey: "demo-server", batch: [event("d"), event("e", { event: undefined })] });
  await edge.send({ writeKey: "nobody's", batch: [event("f")] });
  await edge.send("no JSON");
  const rows = await until("all is counted", async () => {
    const rows = await intake();
    return count(rows, null, "invalid_request") > 0 && count(rows, null, "invalid_write_key") > 0 && rows;
  });
  const all = { demo: ["shop", { accepted: 2, duplicate: 1, unknown_type: 1 }], server: ["pos", { accepted: 1, missing_event_name: 1 }] };
  for (const [source, codes] of Object.values(all)) {
    for (const [code, expected] of Object.entries(codes)) assert.equal(count(rows, source, code), expected, `${source}: ${code}`);
  }
  assert.equal(rows.length, 7, JSON.stringify(rows));
  assert.match(rows.find(({ code }) => code === "unknown_type").message, /`type` must be one of/);
  assert.ok(rows.every(({ last }) => Date.now() - Date.parse(last) < 60_000));
});

test("counts add up, and survive a restart", async () => {
  await edge.send({ writeKey: "demo", batch: [event("g")] });
  await until("it is counted", async () => count(await intake(), "shop", "accepted") === 3);
  await edge.down();
  await edge.up();
  assert.equal(count(await intake("?hours=1"), "shop", "accepted"), 3);
  assert.equal((await edge.admin("/v1/intake?hours=none")).status, 400);
});
