// The check of sizes: what is over its budget fails it and is told apart, and what the documentation says is what it measures.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { before, test } from "node:test";
import { STUB } from "../../js/tag/test/stub.mjs";

const root = resolve(import.meta.dirname, "../..");
const read = (path) => readFileSync(join(root, path), "utf8");

/** As the check says it, where the tag and one of its parts are over, and another has no budget. */
let said;
before(() => {
  const folder = mkdtempSync(join(tmpdir(), "selvedge-budget-"));
  const { live, ...budget } = JSON.parse(read("tests/sizes/budget.json"));
  const file = join(folder, "budget.json");
  writeFileSync(file, JSON.stringify({ ...budget, tag: { brotli: 11_000 }, vitals: { brotli: 1_000 } }));
  said = spawnSync(process.execPath, [join(root, "tests/sizes/sizes.mjs"), "--budget", file], { cwd: root, encoding: "utf8" });
  rmSync(folder, { recursive: true });
});

test("what is over the budget, or has none, fails", () => {
  assert.equal(said.status, 1, said.stderr);
  assert.match(said.stdout, /^tag brotli: \d+ bytes, OVER the budget of 11000$/m);
  assert.match(said.stdout, /^vitals brotli: \d+ bytes, OVER the budget of 1000$/m);
  assert.match(said.stdout, /^live: NO BUDGET/m);
  assert.match(said.stdout, /^reader brotli: \d+ bytes, within the budget of \d+$/m);
});

test("what takes the bytes is said of what is over, and of nothing else", () => {
  for (const part of ["js/tag/core/placement.js", "js/tag/loader.js", "wasm: ", "web-vitals"]) assert.ok(said.stdout.includes(part), part);
  assert.ok(!said.stdout.includes("parts/reader/"), said.stdout);
});

test("the documentation says what is measured", () => {
  const built = JSON.parse(readFileSync(join(process.env.TAG_OUT ?? join(root, "target/tag"), "sizes.json"), "utf8"));
  const kB = (...files) => `${(files.reduce((sum, file) => sum + built[file].brotli, 0) / 1000).toFixed(1)} kB`;
  const readme = read("js/tag/README.md");
  for (const words of [
    `Put this (${STUB.length} bytes)`, `together ${kB("loader", "core", "wasm")} on the wire`, `Together ${kB("adapter", "core", "wasm")}`,
    `\`web-vitals\`, ${kB("vitals")}`, `A part of ${kB("capture")}`, `${kB("reader")} more are loaded where`, `${kB("live")} more are loaded for it`,
  ])
    assert.ok(readme.includes(words), words);
});
