// The edge's reading of user agents beside npm `isbot`, whose patterns it has: the same answer for every one, and how many it finds.
//
// The collections: isbot's own (`browsers.txt` and `crawlers.txt`, of the last release that had them in its package), and those that
// isbot's tests are made of since: `crawler-user-agents`, and the real browsers of `user-agents`.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { patterns } from "./patterns.mjs";

const root = resolve(import.meta.dirname, "../..");
const require = createRequire(new URL("../../js/package.json", import.meta.url));
const { isBot } = require("isbot");

const lines = (name) => readFileSync(join(dirname(require.resolve("isbot-fixtures")), name), "utf8").split("\n").filter(Boolean);
const crawlers = require("crawler-user-agents").flatMap(({ instances }) => instances);
const browsers = JSON.parse(readFileSync(join(dirname(require.resolve("user-agents")), "user-agents.json"), "utf8"));
const collections = {
  "isbot's crawlers": [lines("crawlers.txt"), true],
  "isbot's browsers": [lines("browsers.txt"), false],
  "crawler-user-agents": [crawlers, true],
  "user-agents": [browsers.map(({ userAgent }) => userAgent), false],
};

/** What the engine makes of each. */
function judged(agents) {
  const input = agents.map((agent) => agent.replaceAll(/[\r\n]/g, " ")).join("\n");
  // As quick as what runs a hundred thousand schedules: without optimisation it takes minutes.
  const args = ["run", "--quiet", "--profile", "simulator", "--package", "selvedge-engine", "--example", "bots"];
  const output = execFileSync("cargo", args, { cwd: root, input, encoding: "utf8", maxBuffer: 1e9 });
  return output.trim().split("\n").map((said) => said === "1");
}

test("the list is that of the installed isbot", () => {
  assert.equal(readFileSync(join(root, "engine/src/bot/isbot.txt"), "utf8"), patterns(), "node tests/bots/patterns.mjs > engine/src/bot/isbot.txt");
});

test("every user agent is judged as isbot judges it", (context) => {
  // And those of bots with the ends of browsers', and the other way round, which no collection has.
  const [some, others] = [crawlers.slice(0, 500), browsers.slice(0, 500).map(({ userAgent }) => userAgent)];
  const mixed = some.flatMap((agent, n) => [`${others[n].slice(0, 30 + (n % 90))} ${agent}`, agent.slice(n % 40), `${agent.slice(0, n % 60)}${others[n]}`]);
  const all = [...Object.values(collections).flatMap(([agents]) => agents), ...mixed].filter((agent) => agent.trim());
  const said = judged(all);
  const different = all.filter((agent, n) => isBot(agent) !== said[n]);
  assert.deepEqual(different, []);
  context.diagnostic(`${all.length} user agents`);
});

test("most bots are found, and hardly a browser is taken for one", (context) => {
  for (const [name, [agents, areBots]] of Object.entries(collections)) {
    const found = judged(agents).filter(Boolean).length;
    const share = found / agents.length;
    context.diagnostic(`${name}: ${found} of ${agents.length} are bots' (${(share * 100).toFixed(2)}%)`);
    if (areBots) assert.ok(share > 0.9, name);
    else assert.ok(share < 0.04, name);
  }
});
