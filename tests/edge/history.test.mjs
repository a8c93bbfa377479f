// What was published: who did it and when, what it changed, the way back, and two people who publish at the same time.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge, shopConfig } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start()));
after(() => edge.close());

const get = async (path) => (await edge.admin(path)).json();
async function put(files, base, query = "") {
  const response = await edge.admin(`/v1/config${query}`, { method: "PUT", body: JSON.stringify({ files, base }) });
  return { status: response.status, ...(await response.json()) };
}
async function restore(version, base) {
  const response = await edge.admin(`/v1/config/versions/${version}/restore`, { method: "POST", body: JSON.stringify({ base }) });
  return { status: response.status, ...(await response.json()) };
}
const named = (name) => {
  const files = shopConfig();
  files["segments/loyal.json"].name = name;
  return files;
};

test("each version says who published it, and what it changed", async () => {
  const { version } = await put(named("Regulars"));
  const { versions: [newest, first] } = await get("/v1/config/versions");
  assert.deepEqual([newest.version, newest.by, newest.restored], [version, "Deployment key", null]);
  assert.deepEqual(newest.files, [{ file: "segments/loyal.json", change: "changed" }]);
  assert.ok(first.files.every(({ change }) => change === "added"));
  const { changes } = await get(`/v1/config/versions/${version}/changes`);
  const [{ file, places: [place, ...others] }] = changes;
  assert.deepEqual([file, place.path, place.after, others], ["segments/loyal.json", "name", "Regulars", []]);
  const whole = await get(`/v1/config/versions/${version}/changes?since=${first.version}`);
  assert.deepEqual(whole.changes, changes);
});

test("versions come in pages, and what was never published is a 404", async () => {
  await put(named("One more"));
  const { versions: all } = await get("/v1/config/versions");
  const { versions, next } = await get("/v1/config/versions?limit=1");
  assert.deepEqual(versions, all.slice(0, 1));
  assert.deepEqual((await get(`/v1/config/versions?limit=1&cursor=${next}`)).versions, all.slice(1, 2));
  for (const path of ["999", "999/changes", "0"]) assert.equal((await edge.admin(`/v1/config/versions/${path}`)).status, 404, path);
  assert.deepEqual([(await restore(999)).status, (await restore(999)).code], [404, "version_not_found"]);
});

test("going back publishes the old files as a new version", async () => {
  const { version: old } = await put(named("Before"));
  const { version: current } = await put(named("After"));
  const back = await restore(old, current);
  assert.deepEqual([back.status, back.version], [200, current + 1]);
  const { files, version } = await get("/v1/config");
  assert.deepEqual([version, files], [current + 1, named("Before")]);
  const { versions: [newest] } = await get("/v1/config/versions");
  assert.deepEqual([newest.restored, newest.by], [old, "Deployment key"]);
});

test("a dry run says what would change, and changes nothing", async () => {
  const before = await get("/v1/config");
  const { status, valid, changes } = await put(named("Tried"), before.version, "?dryRun=1");
  assert.deepEqual([status, valid], [200, true]);
  assert.deepEqual(changes.map(({ file, places }) => [file, places[0].after]), [["segments/loyal.json", "Tried"]]);
  assert.deepEqual(await get("/v1/config"), before);
});

test("of two who began with the same version the second is told what the first did, and nothing is lost", async () => {
  await put(named("Base"));
  const { version: base } = await get("/v1/config");
  const theirs = named("Theirs");
  theirs["segments/theirs.json"] = { ...theirs["segments/loyal.json"], id: "theirs" };
  const mine = named("Mine");
  mine["segments/buyers.json"].name = "My buyers";
  const { version } = await put(theirs, base);

  const refused = await put(mine, base);
  assert.deepEqual([refused.status, refused.code, refused.current.version], [409, "config_changed", version]);
  assert.deepEqual((await get("/v1/config")).files, theirs);
  const [{ file, path, at, before, ...sides }, ...others] = refused.conflicts;
  assert.deepEqual([file, path, at, before, sides, others], ["segments/loyal.json", "name", ["name"], "Base", { theirs: "Theirs", mine: "Mine" }, []]);
  assert.deepEqual(refused.mine.map(({ file }) => file), ["segments/buyers.json", "segments/loyal.json"]);
  assert.deepEqual(refused.theirs.map(({ file }) => file), ["segments/loyal.json", "segments/theirs.json"]);
  // Both, and where they contradict each other mine.
  assert.deepEqual(refused.files, { ...mine, "segments/theirs.json": theirs["segments/theirs.json"] });
  assert.equal((await put(refused.files, version)).status, 200);
  assert.deepEqual((await get("/v1/config")).files, refused.files);
});

test("who says no base publishes as ever, and going back minds what was published meanwhile", async () => {
  const { version: one } = await put(named("A"));
  const { version: two } = await put(named("B"));
  assert.equal((await restore(one, one)).status, 409);
  assert.equal((await put(named("C"))).status, 200);
  assert.equal((await restore(one, two + 1)).status, 200);
});
