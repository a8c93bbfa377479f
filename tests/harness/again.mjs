// A decision once more, by the engine alone: from what an admin was told of it and the files that are published.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** `cargo build -p selvedge-engine --example decide_again` */
const decideAgain = process.env.DECIDE_AGAIN ?? resolve(import.meta.dirname, "../../target/debug/examples/decide_again");

/** What the engine makes of these traces of an edge. */
async function again(edge, traces) {
  const folder = mkdtempSync(join(tmpdir(), "selvedge-again-"));
  try {
    const config = join(folder, "config.json");
    writeFileSync(config, await (await edge.admin("/v1/config")).text());
    const input = traces.map((trace) => JSON.stringify(trace)).join("\n");
    return execFileSync(decideAgain, [config], { input, encoding: "utf8", maxBuffer: 1e8 }).trim().split("\n").map(JSON.parse);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Without what says nothing: the API writes it as null. */
const said = (decision) => Object.fromEntries(Object.entries(decision).filter(([, value]) => value !== null));

/** Each of these answers to an admin comes out the same again, decisions and reasons. */
export async function assertSameAgain(edge, answers) {
  const made = await again(edge, answers.map(({ why }) => why));
  for (const [n, { decisions, why }] of made.entries()) {
    const { decisions: wanted, why: told } = answers[n];
    // A bandit's audience is said by the token.
    assert.deepEqual(decisions.map(({ audience, ...decision }) => said(decision)), wanted.map(({ token, ...decision }) => said(decision)));
    assert.deepEqual(why, told);
  }
  assert.equal(made.length, answers.length);
}
