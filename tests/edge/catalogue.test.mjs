// Names that are in use can be asked for a moment later: of events, properties, traits and placements, and of nobody's values.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device, Edge, until } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const catalogue = async () => (await edge.admin("/v1/catalogue")).json();
const names = (list) => list.map(({ name }) => name).sort();

test("before the first event there is nothing", async () => {
  assert.deepEqual(await catalogue(), { events: [], traits: [], values: {}, placements: [] });
});

test("names are known after the first event, with what their values are; a page asks for placements", async () => {
  const device = new Device(edge);
  const page = { path: "/orders/2026-4711", title: "Your order" };
  const properties = { product_id: "skylark-4", category: "Running shoes", price: 149, tags: ["new"], "ada@example.com": 1 };
  await device.send([{ type: "track", event: "Product Added", properties, context: { page } }], ["hero"]);
  await edge.send({ writeKey: "demo-server", batch: [{ type: "identify", messageId: "who", userId: "ada", traits: { email: "ada@example.com", vip: true } }] });
  const all = await until("it is known", async () => {
    const all = await catalogue();
    return all.traits.length > 0 && all.events.length > 1 && all;
  });
  const added = all.events.find(({ name }) => name === "Product Added");
  assert.deepEqual(added.properties.map(({ name, holds }) => [name, holds]).sort(), [["category", "text"], ["price", "number"], ["product_id", "text"], ["tags", "list"]]);
  assert.deepEqual(names(all.traits), ["email", "vip"]);
  assert.deepEqual(names(all.values.category), ["Running shoes"]);
  assert.doesNotMatch(JSON.stringify(all), /ada@|skylark|4711/);
  assert.deepEqual(all.placements.map(({ name, pages }) => [name, pages.map(({ path }) => path)]), [["hero", ["/orders/…"]]]);
});

test("it survives a restart, and is for those who may read the config", async () => {
  await edge.down();
  await edge.up();
  assert.ok((await catalogue()).events.length > 1);
  assert.equal((await fetch(new URL("/v1/catalogue", edge.url))).status, 401);
  assert.equal((await edge.admin("/v1/catalogue", { method: "POST" })).status, 405);
});
