// WebSockets: pages are told of publications, consoles of what is happening; and nobody else of either.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { ADMIN_KEY, Device, Edge, shopConfig, until } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const bearer = (key) => ({ authorization: `Bearer ${key}` });
const origin = () => new URL(edge.url).origin;

/** A WebSocket with what it has heard; `undefined` if it was refused. */
function listen(path, headers) {
  const socket = new WebSocket(new URL(path, edge.url.replace("http", "ws")), { headers });
  socket.heard = [];
  socket.onmessage = ({ data }) => socket.heard.push(data === "pong" ? data : JSON.parse(data));
  return new Promise((done) => {
    socket.onopen = () => done(socket);
    socket.onerror = () => done(undefined);
  });
}

const pulses = (socket) => socket.heard.flatMap(({ pulse }) => pulse ?? []);
const sum = (socket, of) => pulses(socket).reduce((sum, pulse) => sum + pulse[of], 0);

test("a page is told of each publication once, and of the newest when it comes", async () => {
  const { version } = await edge.publish(shopConfig());
  const socket = await listen("/v1/relay?writeKey=demo", { origin: origin() });
  await until("what is current", () => socket.heard.length === 1);
  const files = shopConfig();
  files["offers/new.json"] = { id: "new", name: "New", placement: "hero", content: { type: "html", html: "" } };
  await edge.publish(files);
  await until("what was published", () => socket.heard.length === 2);
  assert.deepEqual(socket.heard, [{ version }, { version: version + 1 }]);
  const late = await listen("/v1/relay?writeKey=demo", { origin: origin() });
  await until("what is current now", () => late.heard.length === 1);
  assert.deepEqual(late.heard, [{ version: version + 1 }]);
  socket.send("ping");
  await until("a sign of life", () => socket.heard.at(-1) === "pong");
  const ended = new Promise((done) => (late.onclose = ({ code }) => done(code)));
  late.send("anything else");
  assert.equal(await ended, 1003);
  socket.close();
});

test("a page of another origin, without the key, or with a server's, is told of no publication", async () => {
  assert.equal((await edge.fetch("/v1/relay?writeKey=demo")).status, 426);
  const listens = (query, origin) => listen(`/v1/relay${query}`, { origin }).then((socket) => (socket?.close(), Boolean(socket)));
  assert.ok(await listens("?writeKey=demo", origin()));
  for (const [query, from] of [["?writeKey=demo", "https://evil.example"], ["?writeKey=wrong", origin()], ["", origin()], ["?writeKey=demo-server", origin()]]) {
    assert.equal(await listens(query, from), false, `${query} ${from}`);
  }
});

test("whoever claims to have seen versions that are not there makes nobody ask for them again and again", async () => {
  const before = (await edge.usage()).objectCalls;
  const asks = Array.from({ length: 100 }, () => edge.send({ writeKey: "demo", batch: [], minConfig: 1e6 }));
  for (const { answer } of await Promise.all(asks)) assert.ok(answer.configVersion < 1e6);
  const calls = (await edge.usage()).objectCalls - before;
  for (let n = 0; n < 50; n += 1) await edge.send({ writeKey: "demo", batch: [], minConfig: 1e6 });
  const more = (await edge.usage()).objectCalls - before - calls;
  assert.ok(more <= 10, `${calls} calls at once, ${more} after them`);
});

test("a console is told what happens, with nothing that says who somebody is", async () => {
  const socket = await listen("/v1/live", bearer(ADMIN_KEY));
  const email = `${randomUUID()}@example.com`;
  const devices = Array.from({ length: 3 }, () => new Device(edge));
  const page = { type: "page", properties: { path: "/shoes", title: email }, context: { page: { path: "/shoes", url: `https://shop/?mail=${email}` } } };
  let sent = 0;
  // Until the isolates have noticed that somebody listens.
  await until("events are told", async () => {
    for (const device of devices) await device.send([page, { type: "track", event: "Greeted", properties: { email } }], ["hero"]);
    sent += 6;
    return sum(socket, "events") > 0 && sum(socket, "decisions") > 0;
  }, { every: 500 });
  const [seen] = pulses(socket).flatMap(({ sample }) => sample ?? []).filter(({ event }) => event === "Greeted");
  assert.match(seen.profile, /^[0-9a-f]{32}$/);
  const samples = () => pulses(socket).flatMap(({ sample }) => sample ?? []);
  const pages = samples().filter(({ event }) => event === "Page");
  assert.equal(pages[0].page, "/shoes");
  assert.ok(sum(socket, "events") <= sent);
  assert.ok(pulses(socket).some(({ lagMs }) => lagMs >= 0));
  // Who enters a segment is told among them.
  const added = await devices[0].send([{ type: "track", event: "Product Added", properties: { product_id: "shoes", category: "Running shoes" } }]);
  assert.equal(added.accepted, 1);
  const entered = await until("who entered is told", () => samples().find(({ event, segment }) => event === "Segment Entered" && segment === "running-shoes-in-cart"));
  assert.deepEqual([entered.type, entered.profile], ["segment", (await edge.profile(`anonymous_id:${devices[0].anonymousId}`)).profileId]);
  assert.ok(!JSON.stringify(socket.heard).includes(email));
  socket.close();
});

test("what is seen and clicked of an offer is told by offer", async () => {
  const socket = await listen("/v1/live", bearer(ADMIN_KEY));
  const device = new Device(edge);
  const shoes = { type: "track", event: "Product Added", properties: { product_id: "skylark-4", category: "Running shoes", price: 149, quantity: 1 } };
  const { decisions: [{ offer, token }] } = await device.send([shoes], ["hero"]);
  const came = () => pulses(socket).flatMap(({ offers }) => offers?.[offer] ?? []);
  await until("it was seen and clicked", async () => {
    for (const event of ["Promotion Viewed", "Promotion Clicked"]) await device.send([{ type: "track", event, properties: { token } }], ["hero"]);
    return came().some(({ viewed }) => viewed > 0) && came().some(({ clicked }) => clicked > 0) && came().some(({ decided }) => decided > 0);
  }, { every: 500 });
  socket.close();
});

test("no page of another origin uses a session, and who may not look is told nothing", async () => {
  assert.equal((await edge.admin("/v1/live")).status, 426);
  assert.equal((await edge.fetch("/v1/live")).status, 401);
  const made = await (await edge.admin("/v1/keys", { method: "POST", body: JSON.stringify({ name: "Vic", role: "viewer" }) })).json();
  const signedIn = await edge.fetch("/v1/session", { method: "POST", body: JSON.stringify({ key: made.key }) });
  const cookie = signedIn.headers.get("set-cookie").split(";")[0];
  const own = await listen("/v1/live", { cookie, origin: origin() });
  assert.ok(own, "the console's own page");
  own.close();
  for (const other of ["https://evil.example", `${origin()}0`, "null", undefined]) {
    assert.equal(await listen("/v1/live", { cookie, ...(other && { origin: other }) }), undefined, other);
  }
  assert.equal(await listen("/v1/live", { origin: origin() }), undefined, "nobody");
  await edge.admin(`/v1/keys/${made.made.id}`, { method: "DELETE" });
  assert.equal(await listen("/v1/live", { cookie, origin: origin() }), undefined, "whose key was taken back");
});
