// Segment's client for Python, as its package index has it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Edge } from "../harness/edge.mjs";
import { KEY, config, story, told } from "./story.mjs";
import { Tap } from "./tap.mjs";

let edge;
let tap;
before(async () => {
  edge = await Edge.start({ config: false });
  await edge.publish(config("server"));
});
after(() => edge.close());
beforeEach(async () => (tap = await Tap.open(edge)));
afterEach(() => tap.close());

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
