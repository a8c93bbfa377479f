// A list of a million e-mail addresses becomes an audience: how long that takes, and with how much memory.
//
// It is uploaded by `cargo xtask audience`, cut off on its way, gone on with, changed, and read back: people who are in it
// and people who are not are decided for.
//
// Usage: node audience.mjs [--rows N]. Fails if it takes five minutes or more, if the command needs 64 MB or the edge's isolate
// so much more than before, or if anybody is where they should not be.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { Cpu } from "../bench/cpu.mjs";
import { machine } from "../bench/machine.mjs";
import { ADMIN_KEY, Edge, shopConfig, until } from "../harness/edge.mjs";
import { memory } from "../harness/memory.mjs";
import { script } from "../harness/script.mjs";

const { rows: ROWS } = Object.fromEntries(
  Object.entries(parseArgs({ options: { rows: { type: "string", default: "1000000" } } }).values).map(([name, value]) => [name, Number(value)]),
);
const MINUTES = 5;
const MEGABYTE = 2 ** 20;
const MOST = 64 * MEGABYTE;
/** Each of so many rows is wrong. */
const WRONG = 100_000;
const email = (n) => `person-${n}@example.com`;

function config() {
  const files = shopConfig();
  files["audiences/big.json"] = { id: "big", name: "Big", namespace: "email" };
  files["segments/big.json"] = { id: "big", name: "Big", rule: { audience: "big" } };
  files["placements.json"].placements.push({ id: "big", name: "Big" });
  files["offers/big.json"] = { id: "big", name: "Big", placement: "big", audience: "big", content: { type: "json", json: 1 } };
  return files;
}

async function write(path, lines) {
  const file = createWriteStream(path);
  for (const line of lines) if (!file.write(line)) await once(file, "drain");
  file.end();
  await once(file, "close");
}

function* list(rows) {
  yield "name,email\n";
  for (let n = 0; n < rows; n += 1) yield n % WRONG === WRONG - 1 ? `Nobody ${n},nobody\n` : `"Person, ${n}",${email(n)}\n`;
}

/** Runs the command; gives what it said and the most memory that it had. `until` ends it when it says so. */
function upload(edge, path, rest, cutOff) {
  const child = spawn(process.env.XTASK, ["audience", path, "big", edge.url, ...rest], { env: { ...process.env, SELVEDGE_ADMIN_KEY: ADMIN_KEY } });
  let most = 0;
  const look = setInterval(() => (most = Math.max(most, memory(child.pid).most || 0)), 20);
  let said = "";
  const hear = (text) => {
    said += text;
    if (cutOff?.test(said)) child.kill("SIGKILL");
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  return once(child, "exit").then(([code]) => {
    clearInterval(look);
    if (code !== 0 && !cutOff) throw new Error(said);
    return { said, most };
  });
}

const mb = (bytes) => (bytes / MEGABYTE).toFixed(0);
const seconds = (start) => (performance.now() - start) / 1000;
const imports = async (edge) => (await (await edge.admin("/v1/audiences/big/imports")).json()).imports;

async function main(closed) {
  const folder = mkdtempSync(join(tmpdir(), "selvedge-audience-"));
  closed({ close: () => rmSync(folder, { recursive: true }) });
  const edge = closed(await Edge.start({ config: false }));
  await edge.publish(config());
  const [whole, change] = [join(folder, "whole.csv"), join(folder, "change.ndjson")];
  await write(whole, list(ROWS));
  const person = async (address) => {
    const { answer } = await edge.send({ writeKey: "demo-server", batch: [{ type: "identify", userId: address, messageId: address, traits: { email: address } }] });
    assert.equal(answer.accepted, 1);
  };
  const isIn = async (address) => {
    const body = { placements: ["big"], identifiers: { email: address }, context: { consent: { categoryPreferences: { personalisation: true } } } };
    const { answer } = await edge.send(body, { path: "/v1/decide", headers: { authorization: `Basic ${btoa("demo-server:")}` } });
    return answer.decisions[0].offer === "big";
  };
  const people = [0, 1, Math.floor(ROWS / 2), ROWS - 2].map(email);
  for (const address of [...people, "stranger@example.com"]) await person(address);
  const { pid } = new Cpu(edge.pid);
  const before = { workerd: memory(pid).now, isolate: (await edge.usage()).memory };

  let start = performance.now();
  await upload(edge, whole, [], /rows uploaded/u);
  const [{ id }] = await imports(edge);
  const { most } = await upload(edge, whole, ["--resume", id]);
  const took = seconds(start);
  const [done] = await imports(edge);
  const wrong = Math.floor(ROWS / WRONG);
  assert.deepEqual([done.rows, done.bad, done.members, done.entered], [ROWS - wrong, wrong, ROWS - wrong, ROWS - wrong]);
  await until("it counts", () => isIn(people[0]));
  for (const address of people) assert.ok(await isIn(address), address);
  assert.ok(!(await isIn("stranger@example.com")));
  const grown = { workerd: memory(pid).most - before.workerd, isolate: (await edge.usage()).memory - before.isolate };

  start = performance.now();
  await write(change, [`{"email":"${people[0]}","action":"remove"}\n`, '{"email":"stranger@example.com"}\n']);
  await upload(edge, change, ["--delta"]);
  const changed = seconds(start);
  await until("the change counts", () => isIn("stranger@example.com"));
  assert.ok(!(await isIn(people[0])) && (await isIn(people[1])));

  console.log(`${ROWS.toLocaleString("en")} rows, cut off once: ${took.toFixed(0)} s, ${done.shards} shards; two changes: ${changed.toFixed(0)} s`);
  console.log(`Memory: the command ${mb(most)} MB; the isolate ${mb(grown.isolate)} MB more than before, workerd with its storage ${mb(grown.workerd)} MB more, at most`);
  console.log(machine());
  assert.ok(took < MINUTES * 60, "too long");
  assert.ok(most < MOST && grown.isolate < MOST, "too much memory");
}

await script(main);
