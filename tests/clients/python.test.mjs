// Segment's client for Python, as its package index has it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { edge, stage, tap, waited, whileLimited } from "./stage.mjs";
import { KEY, story, told } from "./story.mjs";

stage("server");

/** Runs the client to its end. */
async function send(input) {
  const child = spawn("python3", [join(import.meta.dirname, "send.py")], {
    env: { ...process.env, PYTHONPATH: process.env.PYTHON_PACKAGES, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["pipe", "inherit", "pipe"],
  });
  child.stdin.end(JSON.stringify(input));
  const said = child.stderr.toArray();
  const code = await new Promise((done) => child.once("close", done));
  assert.equal(code, 0, Buffer.concat(await said).toString());
}

for (const gzip of [false, true]) {
  test(`segment-analytics-python, ${gzip ? "gzip" : "plain"}`, async () => {
    const person = story();
    await send({ key: KEY, host: tap.url, gzip, calls: person.calls });
    await told(edge, tap, person);
    for (const { path, headers } of tap.exchanges) {
      assert.equal(path, "/v1/batch");
      assert.equal(headers["content-encoding"], gzip ? "gzip" : undefined);
    }
  });
}

test("segment-analytics-python, while its source may not send more: it waits, and nothing is lost", async () => {
  const person = story();
  await whileLimited(() => send({ key: KEY, host: tap.url, gzip: true, calls: person.calls }));
  await told(edge, tap, person);
  waited();
});
