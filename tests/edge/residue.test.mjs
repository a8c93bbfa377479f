// Somebody is erased, and no byte of any file names them: not in rows, not in what SQLite has deleted, not in its logs, not in KV.
// (The archive is R2's, and has tests of its own.)

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { Device, Edge, shopConfig, until } from "../harness/edge.mjs";
import { databases, files } from "../harness/storage.mjs";

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  const config = shopConfig();
  config["accounts.json"] = { aggregates: { visits: { op: "sum", over: "visits" } } };
  config["audiences/listed.json"] = { id: "listed", name: "Listed", namespace: "email" };
  config["segments/listed.json"] = { id: "listed", name: "Listed", rule: { audience: "listed" } };
  await edge.publish(config);
});
after(() => edge.close());

const path = (name) => `/v1/profiles/${encodeURIComponent(name)}`;
async function post(path, body = {}) {
  const response = await edge.admin(path, { method: "POST", body: JSON.stringify(body) });
  const answer = await response.json();
  assert.ok(response.ok, JSON.stringify(answer));
  return answer;
}
const ask = async (path) => (await edge.admin(path)).json();
async function server(...events) {
  const batch = events.map((event) => ({ messageId: randomUUID(), ...event }));
  const { status, answer } = await edge.send({ writeKey: "demo-server", batch });
  assert.equal(status, 200, JSON.stringify(answer));
  return batch;
}
const ago = (seconds) => new Date(Date.now() - seconds * 1_000).toISOString();

/** Somebody, with what is in all that names them, however it is written. */
function person(name) {
  const [id, mail] = [randomUUID().slice(0, 13), randomUUID().slice(0, 13)];
  const phone = `+49151${String(Math.random()).slice(2, 10)}`;
  const [user, city, product] = ["user", "city", "product"].map((what) => `${name}-${what}-${id}`);
  return { id, mail, number: phone.slice(1), user, city, product, phone, email: `${name}.${mail}@Example.com` };
}

/** A life: orders, traits that change, more than one page of the database. */
async function lives({ user, email, phone, city, product }, device) {
  await server({ type: "identify", userId: user, traits: { email, phone, name: user, city, visits: 1 }, timestamp: ago(500) });
  if (device) {
    await device.send([{ type: "page", context: { page: { title: city } } }]);
    await device.identify(user, { city: `${city} 2` });
  }
  for (let n = 0; n < 5; n += 1) {
    await server(...Array.from({ length: 8 }, (_, m) => ({
      type: "track", event: "Order Completed", userId: user, timestamp: ago(400 - 8 * n - m),
      properties: { order_id: `${product}-${n}-${m}`, revenue: 12.5, email, products: [{ product_id: product, name: `${product} `.repeat(m * 9) }] },
    })));
  }
  await server({ type: "identify", userId: user, traits: { city: `${city} 3`, visits: 2 }, timestamp: ago(90) });
  await server({ type: "group", userId: user, groupId: "the-account", traits: { plan: "gold" }, timestamp: ago(80) });
}

async function imported(...lines) {
  const imports = "/v1/audiences/listed/imports";
  const { id } = await post(imports, { mode: "replace" });
  await edge.admin(`${imports}/${id}/parts/0`, { method: "PUT", body: `email\n${lines.join("\n")}\n` });
  await post(`${imports}/${id}/commit`, { parts: 1 });
  await until("the list counts", async () => (await ask(`${imports}/${id}`)).status === "done");
}

const erased = (name) => until(`${name} is erased`, async () => {
  const { receipt } = await post(`${path(name)}/erase`);
  return receipt.status === "done" && receipt;
});

/** As it may stand somewhere: as it is, as UTF-16, inside of base64 at any place. Case and encoding for addresses leave these as they are. */
function forms(value) {
  const base64 = [0, 1, 2].map((n) => Buffer.from("?".repeat(n) + value).toString("base64").slice(n && 4, -4));
  return [value, ...base64].map((text) => Buffer.from(text)).concat(Buffer.from(value, "utf16le"));
}

/** In which files which of these values stand. */
function standing(values) {
  const all = files(edge.state);
  assert.ok(all.some(({ path }) => path.endsWith("-wal")), "there are logs");
  const short = (path) => path.slice(edge.state.length).replace(/[0-9a-f]{50,}/u, (id) => id.slice(0, 6));
  const sought = values.map((value) => [value, forms(value)]);
  return all.flatMap(({ path, bytes }) => sought.filter(([, forms]) => forms.some((form) => bytes.includes(form)))
    .map(([value]) => `${value} is in ${short(path)}`));
}

test("no byte names who was erased, wherever they had been; everybody else is whole", { timeout: 120_000 }, async () => {
  const [ada, dee, bo] = ["Ada", "Dee", "Bo"].map(person);
  const [first, second, other] = [new Device(edge), new Device(edge), new Device(edge)];
  await lives(dee);
  await lives(bo, other);
  await lives(ada, first);
  // A second device moves in, and is parted from them again; a third one stays.
  await second.send([{ type: "page" }]);
  await second.identify(ada.user);
  const third = new Device(edge);
  await third.send([{ type: "page", context: { page: { title: ada.city } } }]);
  await third.identify(ada.user);
  const { profileId } = await edge.profile(`user_id:${ada.user}`);
  await post(`${path(`user_id:${ada.user}`)}/unmerge`, { left: [`user_id:${ada.user}`], right: [`anonymous_id:${second.anonymousId}`] });
  await until("the second device is by itself", async () => {
    const profile = await edge.profile(`anonymous_id:${second.anonymousId}`);
    return profile && profile.profileId !== profileId && profile.timeline.events.length > 0;
  });
  // Links that are refused, of names that others have: one of them will be erased, too.
  await server({ type: "identify", userId: ada.user, traits: { email: dee.email }, timestamp: ago(70) });
  await server({ type: "identify", userId: ada.user, traits: { email: bo.email, phone: "none" }, timestamp: ago(60) });
  await imported(ada.email, bo.email);
  const refused = await until("the directory lists what was refused", async () => {
    const { refusals } = await ask("/v1/refusals");
    return refusals.filter(({ profileId: of }) => of === profileId).length === 3 && refusals;
  });
  for (const { email } of [bo, dee]) assert.ok(refused.some(({ value }) => value === email.toLowerCase()), email);

  const values = [ada, dee].flatMap(({ id, mail, number }) => [id, mail, number]).concat(first.anonymousId, third.anonymousId);
  const stood = standing(values).join();
  for (const value of values) assert.ok(stood.includes(value), `${value} stands somewhere`);
  const whole = await edge.profile(`user_id:${bo.user}`);
  await erased(`email:${ada.email}`);
  await erased(`phone:${dee.phone}`);
  assert.deepEqual(standing(values), [], "while it runs");
  await edge.kill();
  assert.deepEqual(standing(values), [], "killed");
  await edge.up();
  assert.deepEqual(await edge.profile(`user_id:${bo.user}`), whole);
  assert.equal((await edge.admin(path(`user_id:${ada.user}`))).status, 410);
});

test("killed while free space is being overwritten, it is carried to its end, and nothing is lost", { timeout: 120_000 }, async () => {
  const [cy, di] = ["Cy", "Di"].map(person);
  const device = new Device(edge);
  await lives(di);
  await lives(cy, device);
  // Di has shown an address of Cy's, and is told: theirs is overwritten while they live in it.
  await server({ type: "identify", userId: di.user, traits: { email: cy.email }, timestamp: ago(50) });
  const whole = await edge.profile(`user_id:${di.user}`);
  const logs = () => new Map(files(edge.state).filter(({ path }) => path.endsWith("-wal")).map(({ path, bytes }) => [path, bytes.length]));
  const before = logs();
  const grown = () => [...logs()].filter(([path, size]) => size > (before.get(path) ?? 0) + 2_000_000);
  const word = post(`${path(`user_id:${cy.user}`)}/erase`).catch(() => null);
  await until("bricks are being laid", () => grown().length > 0, { every: 1 });
  await edge.kill();
  await word;
  await edge.up();
  const { events } = await erased(`user_id:${cy.user}`);
  assert.ok(events > 40);
  assert.equal((await edge.admin(path(`user_id:${cy.user}`))).status, 410);
  assert.deepEqual(await edge.profile(`user_id:${di.user}`), whole);
  await edge.down();
  // Cy's address stands on an event of Di's.
  assert.deepEqual(standing([cy.id, cy.number, device.anonymousId]), []);
  const tables = databases(edge.state).filter(({ kind }) => kind === "ProfileObject").flatMap(({ path }) => {
    const database = new DatabaseSync(path);
    const names = database.prepare("SELECT name FROM sqlite_master WHERE name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'").all();
    database.close();
    return names.map(({ name }) => name);
  });
  assert.deepEqual([...new Set(tables)].sort(), ["log", "log_at", "log_part", "outbox", "small"]);
});
