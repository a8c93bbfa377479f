// Sustained traffic while everything that can go wrong does: workerd is killed (SIGKILL) and started again, the network cuts
// requests off, loses answers, brings requests twice and overtakes them, and the Queue's consumer fails before and after its work.
//
// At the end every acknowledged event must be stored exactly once, the archive must have what is stored, and every profile
// must be what the engine alone makes of the same events.
//
// The edge, which dies, and the consumer are two processes: Miniflare keeps a Queue in its consumer's memory, and Cloudflare's
// Queues do not die with a Worker. Everything stays on this machine.
//
// Usage: node faults.mjs [--seconds N] [--rate N] [--seed N]. Fails if anything of the above does not hold.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { machine } from "../bench/machine.mjs";
import { configOf } from "../harness/case.mjs";
import { Edge, shopConfig, until } from "../harness/edge.mjs";
import { script } from "../harness/script.mjs";
import { Network } from "./faults/network.mjs";
import { randomOf } from "./faults/random.mjs";
import { traffic } from "./faults/traffic.mjs";
import { Archive, compare, folded } from "./faults/verify.mjs";

const number = (fallback) => ({ type: "string", default: String(fallback) });
const options = { seconds: number(60), rate: number(60), seed: number(Date.now() % 1_000_000) };
const { seconds: SECONDS, rate: RATE, seed: SEED } = Object.fromEntries(
  Object.entries(parseArgs({ options }).values).map(([name, value]) => [name, Number(value)]),
);

/** Seconds that the edge lives, from this to that. */
const LIVES = [6, 20];
const BATCH = 10;

const root = resolve(import.meta.dirname, "../..");
const random = randomOf(SEED);
const folder = mkdtempSync(join(tmpdir(), "selvedge-faults-"));
const registry = join(folder, "registry");
const config = { ...shopConfig(), ...configOf({}) };

/** The Worker with its consumer made unreliable, in a folder of its own. */
function unreliable() {
  for (const file of ["index.js", "index_bg.wasm"]) copyFileSync(join(root, "edge-worker/build", file), join(folder, file));
  for (const file of ["failing-consumer.mjs", "random.mjs"]) copyFileSync(join(import.meta.dirname, "faults", file), join(folder, file));
  const modules = {
    "failing-consumer.mjs": "ESModule", "random.mjs": "ESModule", "index.js": "ESModule", "index_bg.wasm": "CompiledWasm",
  };
  return { worker: folder, modules, bindings: { FAULTS_SEED: String(SEED) } };
}

/** Streams the events to the edge, as fast as asked for; resolves to the tool's report. */
async function replay(url, file) {
  const tool = join(root, "target/release/selvedge-replay");
  const limits = ["--batch", BATCH, "--rate", RATE, "--max-wait", 600, "--timeout", 20];
  const child = spawn(tool, ["--url", url, "--write-key", "case-server", "--json", ...limits.map(String), file]);
  let out = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.resume();
  await new Promise((done) => child.once("exit", done));
  return JSON.parse(out.trim().split("\n").at(-1));
}

/** Kills the edge and starts it again, until told to stop; how often. */
async function killing(edge, stop) {
  let kills = 0;
  for (;;) {
    await Promise.race([sleep(random.between(...LIVES) * 1000), stop]);
    if (stop.done) return kills;
    await edge.kill();
    kills += 1;
    await edge.up();
  }
}

function signal() {
  let set;
  const promise = new Promise((done) => (set = done));
  return Object.assign(promise, { done: false, set: () => (Object.assign(promise, { done: true }), set()) });
}

/** The people whom the directory knows: it is told by the consumer. */
async function listed(consumer) {
  const people = new Set();
  for (let cursor = ""; cursor !== null; ) {
    const page = await (await consumer.admin(`/v1/directory?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)).json();
    for (const { profileId, home, events } of page.profiles) if (home === "live" && events > 0) people.add(profileId);
    cursor = page.next;
  }
  return people;
}

async function main(closed) {
  closed({ close: () => rmSync(folder, { recursive: true, force: true }) });
  console.log(`seed ${SEED}; ${machine()}`);
  const { households, sent } = traffic(SECONDS * RATE, random);
  const eventsFile = join(folder, "events.ndjson");
  const configFile = join(folder, "config.json");
  writeFileSync(eventsFile, sent.map((event) => `${JSON.stringify(event)}\n`).join(""));
  writeFileSync(configFile, JSON.stringify(config));
  const expected = await folded(join(root, "target/release/selvedge-fold"), configFile, households);
  const events = new Map(sent.map((event) => [event.messageId, event]));
  assert.equal(events.size, sent.length, "messageIds are unique");

  const consumer = closed(await Edge.start({ part: "consumer", registry, config: false, ...unreliable() }));
  await consumer.publish(config);
  const edge = closed(await Edge.start({ part: "edge", registry, config: false }));
  await edge.publish(config);
  const network = closed(await new Network(edge, random).listen());

  const started = performance.now();
  const stop = signal();
  const [report, kills] = await Promise.all([
    replay(network.url, eventsFile).finally(stop.set),
    killing(edge, stop),
  ]);
  const took = (performance.now() - started) / 1000;
  console.log(`${sent.length} events in ${took.toFixed(0)} s, ${(sent.length / took).toFixed(0)}/s`, { kills, ...network.counts });
  console.log("the replay tool's report", report);
  assert.equal(report.accepted + report.duplicate, sent.length, "every event was acknowledged");

  const archive = closed(new Archive(consumer.state));
  const lines = await until("the archive has every event", async () => {
    const all = await archive.lines();
    return new Set(all.map(({ messageId }) => messageId)).size >= sent.length && all;
  }, { within: 300_000, every: 1_000 });

  let result;
  let known;
  await until("all profiles have come to rest", async () => {
    [result, known] = [await compare(edge, expected), await listed(consumer)];
    return result.differences.length === 0 && isDeepStrictEqual(known, result.profiles);
  }, { within: 180_000, every: 2_000 }).catch(() => {});
  const { stored, profiles, doubled, differences } = result;
  const missing = sent.filter(({ messageId }) => !stored.has(messageId));
  const archivedAs = ({ body, ...line }) => ({ ...line, ...body });
  const unlike = lines.filter((line) => !sameEvent(archivedAs(line), events.get(line.messageId)));
  const rows = {
    "events acknowledged": sent.length,
    "stored": stored.size,
    "lost": missing.length,
    "in two profiles": doubled.length,
    "profiles": profiles.size,
    "profiles in the directory": known.size,
    "profiles unlike the engine's fold": differences.length,
    "lines in the archive": lines.length,
    "events in the archive": new Set(lines.map(({ messageId }) => messageId)).size,
    "lines unlike what was sent": unlike.length,
    "times that workerd was killed": kills,
  };
  console.table(rows);
  for (const difference of differences.slice(0, 5)) console.log(JSON.stringify(difference, null, 1));
  for (const event of missing.slice(0, 5)) console.log("lost", JSON.stringify(event));
  for (const line of unlike.slice(0, 3)) console.log("unlike", JSON.stringify(line));
  assert.deepEqual([missing.length, doubled.length, differences.length, unlike.length], [0, 0, 0, 0]);
  assert.equal(stored.size, sent.length);
  assert.deepEqual(known, profiles);
}

/** Whether an archived event is the one that was sent. */
function sameEvent(line, event) {
  return Object.entries(event ?? { none: true }).every(([field, value]) => isDeepStrictEqual(line[field], value));
}

await script(main);
