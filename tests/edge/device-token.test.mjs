// The device token: what the cookie says, for pages on another site. It is issued only for what it has itself proven.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Edge, shopConfig } from "../harness/edge.mjs";

const LISTED = "https://www.larkfell.test";
const headers = { origin: LISTED };

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  const files = shopConfig();
  files["sources.json"].sources[0].origins = [LISTED];
  await edge.publish(files);
});
after(() => edge.close());

const ask = (anonymousId, fields, sent = headers) =>
  edge.send({
    writeKey: "demo", decide: { placements: ["hero"] }, ...fields,
    batch: [{ type: "track", event: "Seen", messageId: randomUUID(), anonymousId }],
  }, { headers: sent });

test("first contact gives a token, the token binds the device, and no cookie is set", async () => {
  const anonymousId = randomUUID();
  const first = await ask(anonymousId, { deviceToken: "" });
  assert.equal(first.answer.device, "bound");
  assert.match(first.answer.deviceToken, /^[\w-]+\.[\w-]+$/);
  assert.equal(first.headers.get("set-cookie"), null);
  const again = await ask(anonymousId, { deviceToken: first.answer.deviceToken });
  assert.equal(again.answer.device, "bound");
  assert.equal(again.answer.deviceToken, undefined, "there is nothing new to keep");
  const without = await ask(anonymousId, { deviceToken: "" });
  assert.equal(without.answer.device, "unbound");
  assert.equal(without.answer.deviceToken, undefined);
  const stranger = await ask(randomUUID(), { deviceToken: `${first.answer.deviceToken}x` });
  assert.notEqual(stranger.answer.deviceToken, first.answer.deviceToken);
});

test("what a cookie has proven never becomes a token", async () => {
  const anonymousId = randomUUID();
  const first = await ask(anonymousId, {});
  const cookie = first.headers.get("set-cookie").split(";")[0];
  assert.equal((await ask(anonymousId, {}, { ...headers, cookie })).answer.device, "bound");
  const asked = await ask(anonymousId, { deviceToken: "" }, { ...headers, cookie });
  assert.equal(asked.answer.device, "unbound");
  assert.equal(asked.answer.deviceToken, undefined);
});

test("a page that the source does not list carries no token", async () => {
  const listed = await ask(randomUUID(), { deviceToken: "" });
  for (const origin of [{ origin: "https://evil.test" }, {}]) {
    const { answer, headers: sent } = await ask(randomUUID(), { deviceToken: listed.answer.deviceToken }, origin);
    assert.equal(answer.deviceToken, undefined);
    assert.match(sent.get("set-cookie"), /HttpOnly/);
  }
});
