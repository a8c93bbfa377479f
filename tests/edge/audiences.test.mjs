// Imported audiences in the real edge: lists in parts, bad rows told, a generation that counts all at once, decisions by it,
// changes, a way back.

import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Edge, shopConfig, until } from "../harness/edge.mjs";

const audience = (id, namespace) => ({ id, name: id, namespace });
const offer = (id, segment) => ({ id, name: id, placement: id, audience: segment, content: { type: "json", json: id } });

function config() {
  const files = shopConfig();
  files["audiences/vip.json"] = audience("vip", "email");
  files["audiences/news.json"] = audience("news", "email");
  files["audiences/staff.json"] = audience("staff", "user_id");
  files["audiences/crowd.json"] = audience("crowd", "user_id");
  const rules = { vip: { audience: "vip" }, crowd: { audience: "crowd" }, "not-staff": { not: { audience: "staff" } }, "vip-news": { all: [{ segment: "vip" }, { audience: "news" }] } };
  for (const [id, rule] of Object.entries(rules)) {
    files[`segments/${id}.json`] = { id, name: id, rule };
    files["placements.json"].placements.push({ id, name: id });
    files[`offers/${id}.json`] = offer(id, id);
  }
  return files;
}

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  await edge.publish(config());
});
after(() => edge.close());

const json = async (path, method = "GET", body = undefined) => {
  const response = await edge.admin(`/v1/audiences${path}`, { method, ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }) });
  return { status: response.status, ...(await response.json()) };
};
const begin = async (id, mode) => (await json(`/${id}/imports`, "POST", { mode })).id;
const part = (id, import_, n, text, firstLine = 2) => json(`/${id}/imports/${import_}/parts/${n}?firstLine=${firstLine}`, "PUT", text);
const done = (id, import_) =>
  until(`import ${import_} is done`, async () => {
    const now = await json(`/${id}/imports/${import_}`);
    if (now.status === "failed") throw new Error(JSON.stringify(now));
    return now.status === "done" && now;
  });
async function imported(id, mode, ...texts) {
  const import_ = await begin(id, mode);
  for (const [n, text] of texts.entries()) await part(id, import_, n, text);
  const committed = await json(`/${id}/imports/${import_}/commit`, "POST", { parts: texts.length });
  assert.equal(committed.id, import_, JSON.stringify(committed));
  return done(id, import_);
}
const csv = (...emails) => `email\n${emails.join("\n")}\n`;
/** What a server is told that this person should see. */
const seen = async (identifiers, ...placements) => {
  const { answer } = await edge.send({ placements, identifiers, context: { consent: { categoryPreferences: { personalisation: true } } } }, { path: "/v1/decide", headers: { authorization: `Basic ${btoa("demo-server:")}` } });
  return Object.fromEntries(answer.decisions.map(({ placement, offer: shown }) => [placement, shown]));
};
const person = async (email) => {
  const userId = randomUUID();
  const { answer } = await edge.send({ writeKey: "demo-server", batch: [{ type: "identify", userId, messageId: randomUUID(), traits: { email } }] });
  assert.equal(answer.accepted, 1);
  return { email };
};

test("a list is uploaded in parts, in any order, bad rows are told with their lines, and it counts all at once", async () => {
  const [ada, bob] = [await person("ada@example.com"), await person("bob@example.com")];
  assert.deepEqual(await seen(ada, "vip", "not-staff"), { vip: null, "not-staff": null }, "before anything is imported nobody can be told");
  const import_ = await begin("vip", "replace");
  const second = await part("vip", import_, 1, "email,name\n nobody ,x\ncy@example.com,Cy\n", 1001);
  assert.deepEqual([second.rows, second.bad, second.badRows], [1, 1, [{ line: 1001, reason: "not written as `email` is" }]]);
  const early = await json(`/vip/imports/${import_}/commit`, "POST", { parts: 2 });
  assert.deepEqual([early.status, early.code], [409, "import_not_ready"]);
  assert.match(early.message, /0/u);
  await part("vip", import_, 0, '"email"\n"ADA@Example.com"\n');
  // Sent again, a part is there once.
  await part("vip", import_, 0, '"email"\n"ADA@Example.com"\n');
  assert.deepEqual((await json(`/vip/imports/${import_}`)).uploaded, [0, 1]);
  await json(`/vip/imports/${import_}/commit`, "POST", { parts: 2 });
  const now = await done("vip", import_);
  assert.deepEqual([now.rows, now.bad, now.members, now.entered, now.left], [2, 1, 2, 2, 0]);
  assert.deepEqual(now.badRows, [{ line: 1001, reason: "not written as `email` is" }]);
  const shown = await until("the config with it has come", async () => {
    const shown = await seen(ada, "vip");
    return shown.vip && shown;
  });
  assert.deepEqual(shown, { vip: "vip" });
  assert.deepEqual(await seen(bob, "vip"), { vip: null });
  const again = await part("vip", import_, 2, csv("dee@example.com"));
  assert.deepEqual([again.status, again.code], [409, "import_not_ready"], "it is over");
});

test("several audiences stand in one shard, changes add and remove, and who entered and left can be read", async () => {
  const [eve, fay] = [await person("eve@example.com"), await person("fay@example.com")];
  await imported("vip", "replace", csv("eve@example.com", "fay@example.com"));
  await imported("news", "replace", csv("eve@example.com"));
  await until("both count", async () => (await seen(eve, "vip-news"))["vip-news"]);
  assert.deepEqual(await seen(fay, "vip", "vip-news"), { vip: "vip", "vip-news": null });
  const change = await imported("news", "delta", "email,action\neve@example.com,remove\nfay@example.com,add\ngus@example.com,\n");
  assert.deepEqual([change.entered, change.left, change.members], [2, 1, 2]);
  await until("the change counts", async () => (await seen(fay, "vip-news"))["vip-news"]);
  assert.deepEqual(await seen(eve, "vip", "vip-news"), { vip: "vip", "vip-news": null });
  const lines = await (await edge.admin(`/v1/audiences/news/imports/${change.id}/changes?shard=0`)).text();
  const changes = lines.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(changes.map(({ entered }) => entered).sort(), [false, true, true]);
  assert.ok(changes.every(({ name, audience: id }) => name.startsWith("v1/") && id === "news"));
  const { audiences, generations } = await json("");
  assert.equal(audiences.find(({ id }) => id === "news").members, 2);
  // Back to what it was before the change, and forth again.
  const [newest, before] = generations.email;
  assert.equal(newest.current, true);
  assert.equal((await json("/news/restore", "POST", { generation: before.generation })).status, 200);
  await until("the old one counts again", async () => (await seen(eve, "vip-news"))["vip-news"]);
  // A change of what was gone back to.
  const next = await imported("news", "delta", csv("hal@example.com"));
  assert.deepEqual([next.entered, next.members], [1, 2], "eve and hal");
});

test("`not` in a list of another namespace is told for those that have such an identifier and for those that have none", async () => {
  const userId = randomUUID();
  await edge.send({ writeKey: "demo-server", batch: [{ type: "identify", userId, messageId: randomUUID(), traits: {} }] });
  await imported("staff", "replace", `user_id\n${userId}\n`);
  const other = await person(`${randomUUID()}@example.com`);
  await until("it counts", async () => (await seen(other, "not-staff"))["not-staff"]);
  assert.deepEqual(await seen({ user_id: userId }, "not-staff"), { "not-staff": null });
});

test("a decision reads one shard for each namespace in which it asks a list, keeps what it has read, and reads none where no list is asked", async () => {
  const [userId, email] = [randomUUID(), `${randomUUID()}@example.com`];
  await edge.send({ writeKey: "demo-server", batch: [{ type: "identify", userId, messageId: randomUUID(), traits: { email } }] });
  await imported("vip", "delta", csv(email));
  await imported("staff", "delta", `user_id\n${randomUUID()}\n`);
  const both = () => seen({ user_id: userId }, "vip", "not-staff");
  await until("both lists count", async () => {
    const shown = await both();
    return shown.vip && shown["not-staff"];
  });
  await edge.rest();
  await edge.down();
  await edge.up();
  const reads = async (ask) => {
    const before = (await edge.usage()).kvReads;
    const shown = await ask();
    return [(await edge.usage()).kvReads - before, shown];
  };
  // What is published is read by the first that comes.
  const plain = () => seen({ user_id: userId }, "hero").then(({ hero }) => hero);
  await plain();
  assert.deepEqual((await reads(plain))[0], 0, "no list is asked");
  assert.deepEqual(await reads(both), [2, { vip: "vip", "not-staff": "not-staff" }], "e-mail and login");
  assert.deepEqual(await reads(both), [0, { vip: "vip", "not-staff": "not-staff" }], "they are here now");
});

test("who is erased is taken out of every generation that is kept, of what was changed, and of what is being imported", async () => {
  const [gone, stays, late] = ["gone", "stays", "late"].map((who) => `${who}-${randomUUID()}@example.com`);
  const bytesOf = (email) => createHmac("sha256", "test-deployment-secret").update(`email\0${email}`).digest();
  const text = (email) => `v1/${bytesOf(email).toString("base64url")}`;
  const imports = [await imported("vip", "delta", csv(gone, stays)), await imported("news", "delta", csv(gone, stays))];
  const open = await begin("vip", "delta");
  await part("vip", open, 0, csv(gone, late, stays));
  await person(gone);
  await person(late);
  await person(stays);
  /** In which of these stores something of an address stands. Of who is erased the words of the archive keep the name: that is what keeps a replay from bringing them back. */
  const found = (email) => readdirSync(edge.state, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !file.name.includes("sqlite") && /kv|r2/u.test(file.parentPath))
    .filter((file) => readFileSync(join(file.parentPath, file.name)).includes(bytesOf(email))).length;
  const changes = async (email) => {
    const said = await Promise.all(imports.map(async (one) => (await edge.admin(`/v1/audiences/${one.audience}/imports/${one.id}/changes?shard=0`)).text()));
    return said.filter((lines) => lines.includes(text(email))).length;
  };
  assert.ok(found(gone) >= 3, "in two generations and a part");
  assert.equal(await changes(gone), 2);
  const erased = (email) => until(`${email} is erased`, async () => {
    const answer = await edge.admin(`/v1/profiles/email:${email}/erase`, { method: "POST", body: "{}" });
    const { receipt } = await answer.json();
    return receipt?.status === "done" && receipt;
  });
  const receipt = await erased(gone);
  assert.equal(receipt.listEntries, 4, "two generations, two lines of changes");
  // Of what is being uploaded it goes with the part, and does not come to count.
  await erased(late);
  await json(`/vip/imports/${open}/commit`, "POST", { parts: 1 });
  const last = await done("vip", open);
  imports.push(last);
  assert.deepEqual([last.rows, last.entered], [3, 0], "two are erased, one was there");
  await until("the part is gone", async () => (await json(`/vip/imports/${open}`)).uploaded.length === 0);
  for (const email of [gone, late]) {
    await until(`nothing of ${email} is left`, () => found(email) === 0);
    assert.equal(await changes(email), 0);
  }
  assert.ok(found(stays) >= 3 && await changes(stays) >= 2, "whoever stays is there");
  assert.equal((await seen({ email: stays }, "vip")).vip, "vip");
  // Whoever is imported after that is somebody new.
  const anew = await imported("vip", "delta", csv(gone));
  assert.equal(anew.entered, 1);
  assert.ok(found(gone) > 0);
});

test("what can't be done says what to do", async () => {
  for (const [path, method, body, status, code] of [
    ["/nobody/imports", "POST", { mode: "replace" }, 404, "audience_not_found"],
    ["/vip/imports", "POST", { mode: "all" }, 400, "invalid_request"],
    ["/vip/imports/nothing", "GET", undefined, 404, "import_not_found"],
    ["/vip/imports/nothing/parts/0", "PUT", csv("a@example.com"), 404, "import_not_found"],
    ["/vip/imports/nothing/parts/64", "PUT", csv("a@example.com"), 400, "invalid_request"],
    ["/vip/restore", "POST", { generation: 99 }, 404, "generation_not_found"],
    ["/vip/imports", "PUT", {}, 405, "method_not_allowed"],
  ]) {
    const answer = await json(path, method, body);
    assert.deepEqual([answer.status, answer.code], [status, code], `${method} ${path}`);
  }
  const import_ = await begin("vip", "replace");
  const wrong = await part("vip", import_, 0, "name\nAda\n");
  assert.deepEqual([wrong.status, wrong.code], [400, "invalid_request"]);
  assert.match(wrong.message, /`email`/u);
  await part("vip", import_, 0, csv("nobody", "null"));
  const empty = await json(`/vip/imports/${import_}/commit`, "POST", { parts: 1 });
  assert.deepEqual([empty.status, empty.code], [409, "import_not_ready"], "a list of mistakes does not empty the audience");
  assert.equal((await json(`/vip/imports/${import_}`, "DELETE")).status, "cancelled");
  const files = { ...config(), "segments/x.json": { id: "x", name: "x", rule: { audience: "unknown" } } };
  const { errors } = await (await edge.admin("/v1/config?dryRun=1", { method: "PUT", body: JSON.stringify({ files }) })).json();
  assert.match(errors[0].reason, /audiences\/unknown\.json/u);
});

test("an import that is killed while it is built goes on: nobody is lost or doubled, and whoever asks meanwhile has all of the old list, and then all of the new", async () => {
  // Enough for some alarms.
  const MANY = 60_000;
  const id = (n) => `crowd-${n}`;
  const listed = (from) => `user_id\n${Array.from({ length: MANY }, (_, n) => id(from + n)).join("\n")}\n`;
  const name = (user) => `v1/${createHmac("sha256", "test-deployment-secret").update(`user_id\0${user}`).digest("base64url")}`;
  /** Who entered and left by an import. */
  const changes = async ({ id: import_, shards }) => {
    const told = await Promise.all(Array.from({ length: shards }, async (_, n) => (await edge.admin(`/v1/audiences/crowd/imports/${import_}/changes?shard=${n}`)).text()));
    return told.flatMap((lines) => lines.split("\n").filter(Boolean).map(JSON.parse));
  };
  const sorted = (users) => users.map(name).sort();
  const between = (from, to) => Array.from({ length: to - from }, (_, n) => id(from + n));
  const some = async (import_) => until("some shards are there, and not all", async () => {
    const now = await json(`/crowd/imports/${import_}`);
    assert.equal(now.status, "building", "it was built before it could be killed");
    return now.shardsDone > 0 && now;
  }, { every: 5 });
  const killed = async (text, meanwhile = () => {}) => {
    const import_ = await begin("crowd", "replace");
    await part("crowd", import_, 0, text);
    await json(`/crowd/imports/${import_}/commit`, "POST", { parts: 1 });
    const now = await some(import_);
    assert.ok(now.shardsDone < now.shards);
    await meanwhile();
    await edge.kill();
    await edge.up();
    return import_;
  };
  // One who is in both lists, one in each alone, and one in none.
  const [stays, leaves, enters, never] = [MANY - 1, 0, MANY + 1, 3 * MANY].map(id);
  const batch = [stays, leaves, enters, never].map((userId) => ({ type: "identify", userId, messageId: randomUUID(), traits: {} }));
  const known = async () => (await (await edge.admin("/v1/directory/counts")).json()).profiles.live ?? 0;
  // Whom earlier tests have made is counted, too, when the Queue has brought them.
  await edge.rest();
  const before = await known();
  assert.equal((await edge.send({ writeKey: "demo-server", batch })).answer.accepted, 4);
  // The Queue, which here lives in memory, has brought it: it would die with the edge.
  await until("the directory knows them", async () => (await known()) === before + 4);
  const isIn = async (user) => (await seen({ user_id: user }, "crowd")).crowd === "crowd";
  const told = async (user) => (await edge.profile(`user_id:${user}`)).segmentChanges.filter(({ segment }) => segment === "crowd").map(({ entered: isEntered, how }) => [isEntered, how]);

  const first = await done("crowd", await killed(listed(0)));
  assert.deepEqual([first.rows, first.members, first.entered, first.left], [MANY, MANY, MANY, 0]);
  const entered = await changes(first);
  assert.ok(entered.every((one) => one.entered));
  assert.deepEqual(entered.map((one) => one.name).sort(), sorted(between(0, MANY)), "each once");
  await until("the first list counts", () => isIn(leaves));
  // The directory asks them all: one whom it has not come to when the next list counts has never been in this one.
  await until("they are told", async () => (await told(leaves)).length === 1 && (await told(stays)).length === 1);

  const [{ generation }] = (await json("")).generations.user_id;
  const second = await killed(listed(MANY / 3), async () => {
    const [back, ...inside] = await Promise.all([json("/crowd/restore", "POST", { generation }), isIn(leaves), isIn(enters)]);
    assert.deepEqual(inside, [true, false]);
    assert.deepEqual([back.status, back.code], [409, "import_not_ready"], "what is built on it stays as it is");
  });
  // Asked in turn until the new one counts: once it does for one of them, the old one does for nobody any more.
  const answers = [];
  await until("the second list counts", async () => {
    answers.push((await isIn(leaves)) ? "old" : "new", (await isIn(enters)) ? "new" : "old");
    return answers.slice(-2).every((answer) => answer === "new");
  }, { every: 5 });
  assert.equal(answers.indexOf("new"), answers.lastIndexOf("old") + 1, answers.join(" "));
  const last = await done("crowd", second);
  assert.deepEqual([last.rows, last.members, last.entered, last.left], [MANY, MANY, MANY / 3, MANY / 3]);
  const moved = await changes(last);
  const names = (wanted) => moved.filter((one) => one.entered === wanted).map((one) => one.name).sort();
  assert.deepEqual(names(true), sorted(between(MANY, MANY + MANY / 3)));
  assert.deepEqual(names(false), sorted(between(0, MANY / 3)));
  assert.deepEqual([await isIn(stays), await isIn(leaves), await isIn(enters), await isIn(never)], [true, false, true, false]);

  // People are told once, whatever was begun again.
  await until("all are told", async () => (await told(leaves)).length === 2 && (await told(enters)).length === 1);
  await edge.rest();
  const [came, went] = [[true, "import"], [false, "import"]];
  assert.deepEqual(await Promise.all([stays, leaves, enters, never].map(told)), [[came], [came, went], [came], []]);
});
