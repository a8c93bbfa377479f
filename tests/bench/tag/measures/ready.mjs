// How long the client keeps the page's main thread busy until it is ready and has made its page view, on a first visit:
// what the page takes with it, less what it takes without.

import { setTimeout as sleep } from "node:timers/promises";
import { enter } from "../browser.mjs";
import { busy, watch } from "../busy.mjs";

/** What a client puts off for a moment is its work as well. */
const AFTER_MS = 1_000;

async function visit({ browser, site }, name, slowdown) {
  const visitor = await browser.visitor();
  // The process is there, and the connection to the site.
  const page = await enter(visitor, site.url("plain"), { ready: false });
  const session = await watch(visitor, page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  await sleep(200);
  const before = await busy(session);
  await page.goto(site.url(name));
  if (name !== "plain") await page.evaluate("begun");
  await sleep(AFTER_MS);
  const after = await busy(session);
  await visitor.close();
  return Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
}

export const ready = (slowdown) => async (bench, { name }) => {
  const without = await visit(bench, "plain", slowdown);
  const taken = await visit(bench, name, slowdown);
  return Object.fromEntries(Object.keys(taken).map((key) => [key, taken[key] - without[key]]));
};
