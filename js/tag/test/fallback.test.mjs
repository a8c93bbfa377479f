// Where wasm may not run its JavaScript decides: it must decide the same. SEED=… repeats a run.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { BUILDING, BUILT, fileOf } from "./sink.mjs";

const names = JSON.parse(readFileSync(join(BUILDING, "exports.json"), "utf8"));
const wasm = new WebAssembly.Module(readFileSync(join(BUILT, fileOf("wasm"))));
const script = readFileSync(join(BUILT, fileOf("fallback"))).toString("base64");

let pages = 0;
/** The wasm and the JavaScript, as a page begins with them, by the names that the source has for their doors. */
const both = async () => {
  // Under a name of its own each import is a module of its own.
  const builds = [new WebAssembly.Instance(wasm).exports, await import(`data:text/javascript;base64,${script}#${(pages += 1)}`)];
  return builds.map((exports) =>
    Object.fromEntries(names.filter(([, short]) => typeof exports[short] === "function").map(([name, short]) => [name, exports[short]])));
};

const NOW = Symbol("now");
const now = fc.constant(NOW);
const flag = fc.boolean();
const seldom = fc.nat(9).map((number) => number === 0);
const one = fc.constantFrom;
// The first that are given out, and some that are none.
const slot = fc.oneof({ weight: 9, arbitrary: fc.nat(40) }, one(-1, 1_535, 1_536, 2 ** 31));

/** What each door may be asked, in the order of collector/src/abi.rs. */
const DOORS = {
  consent: [one(1, 1, 1, -1, 0), seldom, seldom],
  fits: [fc.nat(80), fc.nat(80_000)],
  add: [now, one(300, 3_000, 40_000), fc.integer({ min: 1, max: 50 }), fc.nat(3)],
  shed: [],
  due: [now, flag],
  begin: [flag, flag],
  take: [],
  ended: [now, one(0, 200, 200, 400, 401, 413, 429, 500, 503), flag, one(0, 0, 2.5, 120, 1e6), fc.double({ min: 0, max: 1, noNaN: true }), flag],
  gone: [slot],
  back: [slot, flag],
  want: [],
  woken: [],
  other: [flag, flag, flag],
  unbound: [],
  session: [now, one(0, 1.7e12, 2e12), flag],
  seen: [now, fc.integer({ min: -3, max: 3 }), fc.nat(40), seldom],
  alive: [now, flag],
  engaged: [now],
};
const OFTEN = { add: 4, take: 4 };

const calls = fc.array(
  fc.tuple(
    one(0, 0.5, 500, 3_000, 60_000),
    fc.oneof(...Object.entries(DOORS).map(([door, given]) => ({ weight: OFTEN[door] ?? 1, arbitrary: fc.tuple(one(door), ...given) }))),
  ),
  { maxLength: 2_000, size: "max" },
);

test("the JavaScript decides as the wasm does, whatever it is asked in whatever order", async (context) => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  context.diagnostic(`SEED=${seed}`);
  for (const build of await both()) assert.deepEqual(Object.keys(build).sort(), Object.keys(DOORS).sort(), "every door is tried");
  const decidesTheSame = fc.asyncProperty(calls, async (calls) => {
    const [fast, slow] = await both();
    let time = 1.7e12;
    for (const [later, [door, ...given]] of calls) {
      time += later;
      const numbers = given.map((value) => (value === NOW ? time : value));
      assert.equal(slow[door](...numbers), fast[door](...numbers), `${door}(${numbers})`);
    }
  });
  await fc.assert(decidesTheSame, { seed, numRuns: 20 });
});
