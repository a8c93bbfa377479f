// `cargo demo` as a newcomer meets it: it comes up, says where things are, survives a killed workerd, keeps its data,
// and leaves nothing behind.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { freePort, until } from "../harness/edge.mjs";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "selvedge-demo-"));
const port = await freePort();
const url = `http://127.0.0.1:${port}/`;
let demo;

after(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start() {
  const env = { ...process.env, PORT: String(port), SELVEDGE_DEMO: folder };
  const child = spawn("cargo", ["demo"], { cwd: root, env });
  demo = { child, out: "" };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (demo.out += chunk));
  demo.gone = new Promise((done) => child.once("exit", (code, signal) => done({ code, signal })));
  const ready = () => demo.out.includes(`ready ${url}`) || demo.child.exitCode !== null;
  await until("the demo says ready", ready, { within: 120_000 });
  assert.equal(demo.child.exitCode, null, demo.out);
}

async function stop() {
  if (!demo || demo.child.exitCode !== null) return undefined;
  demo.child.kill("SIGINT");
  return demo.gone;
}

/** Ids of this demo's workerd processes: those that have its folder or port on their command line or as a parent. */
function processes(name) {
  const { stdout } = spawnSync("ps", ["-eo", "pid,ppid,args"], { encoding: "utf8" });
  const all = stdout.trim().split("\n").slice(1).map((line) => {
    const [, pid, ppid, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line);
    return { pid: Number(pid), ppid: Number(ppid), args };
  });
  const ours = new Set(all.filter(({ args }) => args.includes(folder)).map(({ pid }) => pid));
  for (let grown = true; grown; ) {
    const children = all.filter(({ pid, ppid }) => ours.has(ppid) && !ours.has(pid));
    for (const { pid } of children) ours.add(pid);
    grown = children.length > 0;
  }
  return all.filter(({ pid, args }) => ours.has(pid) && args.includes(name)).map(({ pid }) => pid);
}

const send = (userId) => {
  const batch = [{ type: "track", event: "Seen", userId }];
  return fetch(`${url}v1/batch`, { method: "POST", body: JSON.stringify({ writeKey: "demo-server", batch }) });
};

async function events(userId) {
  const key = readFileSync(/admin key +(.+)/.exec(demo.out)[1], "utf8").trim();
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}v1/profiles/user_id:${userId}`, { headers });
  return response.status === 200 ? (await response.json()).computed.events : 0;
}

test("it comes up with shop, tag and a published config, and says where the admin key is", { timeout: 150_000 }, async () => {
  await start();
  const page = await (await fetch(url)).text();
  assert.ok(page.includes('data-write-key="demo"'));
  assert.equal((await fetch(`${url}tag.js`)).status, 200);
  assert.match(await (await fetch(`${url}console`)).text(), /<title>Selvedge/);
  assert.equal((await send("newcomer")).status, 200);
  assert.equal(await events("newcomer"), 1);
});

test("when workerd is killed it is started again, on the same data", { timeout: 150_000 }, async () => {
  const killed = processes("workerd serve");
  assert.notEqual(killed.length, 0);
  for (const pid of killed) process.kill(pid, "SIGKILL");
  const back = () => events("newcomer").catch(() => 0);
  await until("the event is still there", back, { within: 60_000, every: 250 });
});

test("a port that is taken is said, with what to do", () => {
  const env = { ...process.env, PORT: String(port), SELVEDGE_DEMO: folder };
  const { status, stderr } = spawnSync("cargo", ["demo"], { cwd: root, env, encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /PORT=\d+ cargo demo/);
});

test("Ctrl-C stops everything, and the next start has the data", { timeout: 150_000 }, async () => {
  const { code } = await stop();
  assert.equal(code, 0);
  await until("nothing of it runs any more", () => processes("").length === 0);
  await start();
  assert.equal(await events("newcomer"), 1);
  assert.match(demo.out, /config version 1 is current/);
});
