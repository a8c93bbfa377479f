// A write key that is bound to origins: whose pages may send, and what others may read of the answers.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Edge, shopConfig } from "../harness/edge.mjs";

const LISTED = "https://shop.example";
let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  const { "sources.json": { sources } } = shopConfig();
  await edge.publish({ "sources.json": { sources: [
    { ...sources[0], id: "bound", writeKey: "bound", origins: [LISTED], originsOnly: true }, { ...sources[0], id: "free", writeKey: "free", origins: [LISTED] },
    { ...sources[0], id: "own", writeKey: "own", originsOnly: true }, sources[1],
  ] } });
});
after(() => edge.close());

const page = () => ({ type: "page", anonymousId: randomUUID(), messageId: randomUUID() });
const send = (writeKey, headers) => edge.send({ writeKey, batch: [page()] }, { headers });
const own = () => new URL(edge.url).origin;

test("pages of listed origins, and of the edge's own, may send; nobody else, and what says nothing is nobody", async () => {
  const cases = [
    ["bound", { origin: LISTED }, 200], ["bound", { origin: own() }, 200], ["own", { origin: own() }, 200], ["free", { origin: "https://evil.example" }, 200], ["free", {}, 200],
    ["bound", { origin: "https://evil.example" }, 403], ["bound", { origin: "null" }, 403], ["bound", {}, 403], ["own", { origin: LISTED }, 403],
    ["bound", { origin: `${LISTED}.evil.example` }, 403], ["bound", { origin: "http://shop.example" }, 403], ["bound", { origin: `${LISTED}:8443` }, 403],
    ["bound", { origin: "https://evil.example", referer: `${LISTED}/` }, 403], ["bound", { origin: LISTED.toUpperCase() }, 403],
  ];
  for (const [writeKey, headers, status] of cases) {
    const sent = await send(writeKey, headers);
    assert.equal(sent.status, status, `${writeKey} ${JSON.stringify(headers)}`);
    if (status === 403) assert.equal(sent.answer.code, "origin_not_listed");
    else assert.equal(sent.answer.accepted, 1);
  }
});

test("the answers of CORS follow: who may not send may not read, and credentials are for listed origins", async () => {
  const allowed = async (writeKey, origin) => {
    const { headers } = await send(writeKey, { origin });
    return [headers.get("access-control-allow-origin"), headers.get("access-control-allow-credentials")];
  };
  assert.deepEqual(await allowed("bound", LISTED), [LISTED, "true"]);
  assert.deepEqual(await allowed("bound", "https://evil.example"), [null, null]);
  assert.deepEqual(await allowed("free", "https://evil.example"), ["*", null]);
});

test("an image says by its referrer which page it is on", async () => {
  const query = new URLSearchParams({ writeKey: "bound", event: "Email Opened", results: "1" });
  const ask = async (headers) => (await edge.fetch(`/pixel/v1/track?${query}&anonymousId=${randomUUID()}`, { headers })).status;
  assert.equal(await ask({ referer: `${LISTED}/cart?x=1#y` }), 200);
  for (const referer of ["https://evil.example/", `https://evil.example/${LISTED}`, `https://evil.example?${LISTED}/`, `${LISTED}.evil.example/`, "x", ""])
    assert.equal(await ask({ referer }), 403, referer);
  assert.equal(await ask({}), 403);
});

test("what clients ask for before they start follows, too", async () => {
  const settings = async (origin) => (await edge.fetch("/v1/projects/bound/settings", { headers: { origin } })).status;
  assert.deepEqual([await settings(LISTED), await settings("https://evil.example")], [200, 403]);
});

test("a server's key is bound to no page", async () => {
  const { "sources.json": { sources } } = shopConfig();
  const files = { "sources.json": { sources: [{ ...sources[1], originsOnly: true }] } };
  const response = await edge.admin("/v1/config", { method: "PUT", body: JSON.stringify({ files }) });
  assert.deepEqual([response.status, (await response.json()).errors[0].path], [422, "sources[0].originsOnly"]);
  assert.equal((await send("demo-server", {})).status, 200);
});
