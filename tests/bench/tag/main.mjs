// The tag beside other clients: the same page, the same sink, the same browser, in turn.
//
// Usage: node main.mjs [--quick] [--only peer,peer] [--measure size,session,ready,calls,loss] [--trouble abcdefgh]
//                      [--tries N] [--runs N] [--seed N]
// It prints tables. It fails when something does not work, never on the figures.

import { parseArgs } from "node:util";
import { machine } from "../machine.mjs";
import { Browser } from "./browser.mjs";
import { FULL, QUICK } from "./extent.mjs";
import { Marks } from "./marks.mjs";
import { peers } from "./peers.mjs";
import { REPORTS } from "./reports.mjs";
import { scriptsOf } from "./scripts.mjs";
import { Sink } from "./sink.mjs";
import { loads, Site } from "./site.mjs";

const options = {
  quick: { type: "boolean", default: false },
  only: { type: "string" },
  measure: { type: "string" },
  trouble: { type: "string", default: "abcdefgh" },
  tries: { type: "string" },
  runs: { type: "string" },
  seed: { type: "string", default: "1" },
};
const { quick, only, measure, trouble, tries, runs, seed } = parseArgs({ options }).values;
const usual = quick ? QUICK : FULL;
const extent = {
  ...usual,
  trouble,
  tries: tries ? Number(tries) : usual.tries,
  runs: runs ? Object.fromEntries(Object.keys(usual.runs).map((name) => [name, Number(runs)])) : usual.runs,
};
const list = (text) => text?.split(",").map((one) => one.trim());

/** A client with a sink of its own, and pages that have it. */
async function installed(site, client, scripts) {
  const sink = await new Sink(client, scripts).start();
  site.add(client.name, (client.head ?? loads)(sink.url));
  return { ...client, sink };
}

async function main() {
  const about = machine();
  const wanted = list(measure) ?? Object.keys(REPORTS);
  const unknown = wanted.find((name) => !REPORTS[name]);
  if (unknown) throw new Error(`no measure is called ${unknown}; there are ${Object.keys(REPORTS).join(", ")}`);
  const site = await new Site().start();
  const browser = await Browser.open();
  try {
    const install = (client, scripts = new Map()) => installed(site, client, scripts);
    const clients = [];
    for (const client of await peers(list(only))) clients.push(await install(client, await scriptsOf(client)));
    const bench = { site, browser, marks: new Marks(seed), extent, install };
    for (const name of wanted) console.log(`${await REPORTS[name](bench, clients)}\n`);
    console.log(notes(`Chromium ${browser.chromium.version()}; ${about}`, clients));
  } finally {
    await browser.close();
    site.stop();
  }
}

const notes = (about, clients) =>
  [
    `${clients.length} clients, seed ${seed}. Machine: ${about}.`,
    ...(quick ? ["A quick run only shows that it works: its clients run at the same time, and its figures say nothing."] : []),
  ].join("\n");

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
