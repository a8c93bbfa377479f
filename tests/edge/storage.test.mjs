// What stands in the storage of each kind of object, held against a committed description. A stored shape that changes
// without a new version, or without a way to read the old one, loses somebody's data at the next deploy.
//
// What stands inside the JSON of a row is pinned beside its type, in engine/tests/stored.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { Device, Edge, shopConfig, until } from "../harness/edge.mjs";
import { databases } from "../harness/storage.mjs";

const golden = JSON.parse(readFileSync(join(import.meta.dirname, "storage-layout.json"), "utf8"));
const advice = (what) =>
  `${what} is not what tests/edge/storage-layout.json says. Data that is stored already has the old shape: give the rows a new `
  + "version, convert the old ones (edge-worker/src/objects/profile/upgrade.rs), and describe the new shape beside that";

let objects;
before(async () => {
  const edge = await Edge.start();
  try {
    await live(edge);
    await edge.down();
    objects = read(edge.state);
  } finally {
    await edge.close();
  }
});

/** Enough of everything that something stands in every table: logins, merges, an unmerge, refusals, accounts, quarantine, a cap, an import. */
async function live(edge) {
  const files = shopConfig();
  files["retention.json"] = { days: 4_000 };
  files["accounts.json"] = { aggregates: { visits: { op: "sum", over: "visits" } } };
  files["identity.json"].namespaces.email = { priority: 3, unique: true };
  files["placements.json"].placements.push({ id: "stored", name: "" });
  const variants = [{ id: "a" }, { id: "b" }];
  const content = { type: "html", html: "" };
  const caps = { all: { campaign: 100 } };
  files["offers/stored.json"] = { id: "stored", name: "Stored", placement: "stored", content, caps, variants };
  files["audiences/stored.json"] = { id: "stored", name: "Stored", namespace: "email" };
  files["segments/listed.json"] = { id: "listed", name: "Listed", rule: { audience: "stored" } };
  files["segments/top.json"] = { id: "top", name: "Top", rule: { score: { of: "visits", top: 0.5 } } };
  // More segments, and more conditions that count, than stand in the state's own row.
  for (let n = 0; n < 60; n += 1) {
    const rule = { performed: { event: "Tallied", where: { n: { $gte: n } } } };
    files[`segments/tallied-${n}.json`] = { id: `tallied-${n}`, name: "Tallied", rule };
  }
  await edge.publish(files);
  const server = (event) => edge.send({ writeKey: "demo-server", batch: [{ messageId: randomUUID(), ...event }] });
  const email = (n) => `stored-${n}@example.com`;
  const user = "stored-1";
  const [first, second] = [new Device(edge), new Device(edge)];
  await first.send([{ type: "page" }]);
  await first.identify(user, { visits: 2 });
  // A variant is written down, and seen.
  const { decisions: [{ token }] } = await first.send([], ["stored"]);
  await first.send([{ type: "track", event: "Promotion Viewed", properties: { token } }]);
  await second.send([{ type: "page" }]);
  await second.identify(user, {});
  await server({ type: "identify", userId: user, traits: { email: email(1), phone: "none" } });
  await server({ type: "group", userId: user, groupId: "stored-account", traits: { plan: "gold" } });
  await server({ type: "track", event: "Tallied", userId: user, properties: { n: 60 } });
  // Somebody in a list is erased.
  await server({ type: "identify", userId: "stored-gone", traits: { email: email(9) } });
  // A link that is asked for in vain.
  await server({ type: "alias", userId: user, previousId: user });
  // A released address that somebody else takes, and a login that is refused.
  await server({ type: "identify", userId: user, traits: { email: email(2) } });
  await server({ type: "identify", userId: "stored-2", traits: { email: email(1) } });
  await server({ type: "identify", userId: "stored-3", anonymousId: first.anonymousId });
  // More devices than stand in the state's own row.
  const devices = Array.from({ length: 60 }, (_, n) => ({
    type: "page", messageId: randomUUID(), userId: "stored-4", timestamp: new Date(Date.now() - (70 - n) * 8 * 86_400_000),
    anonymousId: `stored-device-${n}`,
  }));
  for (const event of devices) await server(event);
  // Thresholds are worked out of what the directory knows when a walk ends.
  await edge.rest();
  files["identity.json"].quarantine = { profiles: 3, withinHours: 1 };
  await edge.publish(files);
  for (let n = 0; n < 6; n += 1) await server({ type: "identify", userId: `stored-many-${n}`, traits: { phone: "+4915112345678" } });
  await until("it is under quarantine", async () => (await (await edge.admin("/v1/quarantine")).json()).quarantined.length > 0);
  const post = async (path, body) => (await edge.admin(path, { method: "POST", body: JSON.stringify(body) })).json();
  const imports = "/v1/audiences/stored/imports";
  const { id } = await post(imports, { mode: "replace" });
  await edge.admin(`${imports}/${id}/parts/0`, { method: "PUT", body: `email\n${email(1)}\n` });
  await post(`${imports}/${id}/commit`, { parts: 1 });
  await until("what was imported counts, and its parts are gone", async () => {
    const { status, uploaded } = await (await edge.admin(`${imports}/${id}`)).json();
    return status === "done" && uploaded.length === 0;
  });
  await post("/v1/profiles/user_id:stored-gone/erase", {});
  await until("a threshold is worked out, and everybody goes by it", async () => {
    const [{ thresholds }, { finishedAt }] = await Promise.all(["/v1/segments", "/v1/segments/backfill"].map(async (path) => (await edge.admin(path)).json()));
    return thresholds[0].atLeast !== null && finishedAt;
  });
  await post("/v1/keys", { name: "Stored", role: "viewer" });
  const one = await edge.profile(`user_id:${user}`);
  await post(`/v1/profiles/user_id:${user}/unmerge`, { messageId: one.merges[0].messageId });
  await until("the second device is by itself", async () => {
    const profile = await edge.profile(`anonymous_id:${second.anonymousId}`);
    return profile && profile.profileId !== one.profileId && profile.timeline.events.length > 0;
  });
  await until("the account and the directory know of it", async () => {
    const account = await edge.admin("/v1/accounts/stored-account");
    const { refusals } = await (await edge.admin("/v1/refusals")).json();
    return account.status === 200 && (await account.json()).members.length === 1 && refusals.length > 0;
  });
}

/** By kind of object, what stands in its databases: the statements that made them, and the versions of rows. */
function read(state) {
  const found = {};
  for (const { kind, path } of databases(state)) {
    const object = (found[kind] ??= { objects: 0, made: {}, versions: {}, fields: {} });
    const database = new DatabaseSync(path);
    const made = database.prepare("SELECT name, type, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").all();
    const ours = made.filter(({ name }) => !name.startsWith("_cf_") && !name.startsWith("sqlite_"));
    object.objects += ours.length > 0 ? 1 : 0;
    for (const { name, type, sql } of ours) {
      object.made[name] ??= [];
      // SQLite quotes the name of a table that was copied and is called as it was before (see `overwrite.rs`).
      const said = sql.replace(/^CREATE TABLE "(\w+)"/u, "CREATE TABLE $1");
      if (!object.made[name].includes(said)) object.made[name].push(said);
      if (type === "table") look(database, name, object);
    }
    database.close();
  }
  return found;
}

function look(database, table, { versions, fields }) {
  const columns = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all().map(({ name }) => name);
  if (!columns.includes("v")) return;
  // What a shard of the directory knows beside its rows has a name, or one in a folder.
  const folder = "substr(key || '/', 1, instr(key || '/', '/') - 1)";
  const kind = columns.includes("kind") ? "kind" : table === "meta" ? folder : "''";
  for (const row of database.prepare(`SELECT *, ${kind} AS k FROM ${table}`).all()) {
    const name = row.k ? `${table}.${row.k}` : table;
    (versions[name] ??= new Set()).add(row.v);
    const value = typeof row.value === "string" && row.value.startsWith("{") ? JSON.parse(row.value) : {};
    for (const field of Object.keys(value)) (fields[name] ??= new Set()).add(field);
  }
}

for (const [kind, { made, versions, passing, fields }] of Object.entries(golden)) {
  test(`${kind}: tables, columns and indexes`, () => {
    assert.ok(objects[kind]?.objects > 0, `no ${kind} has stored anything`);
    const found = Object.fromEntries(Object.entries(objects[kind].made).map(([name, sql]) => [name, sql.length === 1 ? sql[0] : sql]));
    assert.deepEqual(found, made, advice(`what ${kind} creates`));
  });

  test(`${kind}: kinds of rows, and their versions`, () => {
    const found = Object.fromEntries(Object.entries(objects[kind].versions).map(([name, all]) => [name, [...all]]));
    // Those that pass are there only while something is under way.
    const rest = Object.fromEntries(Object.entries(found).filter(([name]) => !(name in passing)));
    const one = (all) => Object.fromEntries(Object.entries(all).map(([name, version]) => [name, [version]]));
    assert.deepEqual(rest, one(versions), advice(`the version of rows of ${kind}`));
    for (const [name, version] of Object.entries(passing)) {
      if (found[name]) assert.deepEqual(found[name], [version], advice(`the version of ${name} of ${kind}`));
    }
  });

  for (const [name, wanted] of Object.entries(fields)) {
    test(`${kind}: what stands in a row of ${name}`, () => {
      assert.deepEqual([...(objects[kind].fields[name] ?? [])].sort(), wanted, advice(`a row of ${name}`));
    });
  }
}

test("no kind of object is left out", () => {
  assert.deepEqual(Object.keys(objects).sort(), Object.keys(golden).sort());
});

test("every kind of row that the profile object knows is described", () => {
  const schema = readFileSync(join(import.meta.dirname, "../../edge-worker/src/objects/profile/schema.rs"), "utf8");
  const kinds = [...schema.matchAll(/pub\(crate\) const \w+: &str = "(\w+)";/gu)].map(([, kind]) => `small.${kind}`);
  const { versions, passing } = golden.ProfileObject;
  const described = Object.keys({ ...versions, ...passing }).filter((name) => name.startsWith("small."));
  assert.deepEqual(kinds.sort(), described.sort());
});
