// Many open pages, and a publication: how long until all of them show it, how many requests that takes, and what it costs.
//
// A page is what the tag is on the wire: a device with its cookie and a WebSocket, which, once it is told of a version, asks for its
// decisions at a moment of its own within two seconds. No browser draws anything here; tests/stories/live.test.mjs has one that does.
//
// Usage: node relay.mjs [--pages N] [--rounds N]. Fails if a page does not get the new decision.

import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Cpu } from "../bench/cpu.mjs";
import { percentile } from "../bench/figures.mjs";
import { lanes } from "../bench/load.mjs";
import { machine } from "../bench/machine.mjs";
import { Edge, USER_AGENT, shopConfig, until } from "../harness/edge.mjs";
import { PRICE } from "../harness/prices.mjs";
import { script } from "../harness/script.mjs";

const { values } = parseArgs({ options: { pages: { type: "string", default: "2000" }, rounds: { type: "string", default: "5" } } });
const [PAGES, ROUNDS] = [values.pages, values.rounds].map(Number);

/** As js/tag/parts/live has it. */
const SPREAD = 2000;
/** What a month is reckoned with: so many pages are open at every moment, each for so long, and marketers publish so often. */
const MINUTES_OPEN = 5;
const PUBLICATIONS_A_DAY = 20;
const DAYS = 30;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

function post(edge, body, cookie) {
  const text = JSON.stringify(body);
  const headers = { "user-agent": USER_AGENT, "content-type": "text/plain", "content-length": Buffer.byteLength(text), ...(cookie && { cookie }) };
  return new Promise((done, fail) => {
    const sent = request(new URL("/v1/batch", edge.url), { agent, method: "POST", headers }, (response) => {
      let text = "";
      response.on("data", (part) => (text += part));
      response.on("end", () => done({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.on("error", fail);
    sent.end(text);
  });
}

class Page {
  constructor(edge, number) {
    Object.assign(this, { edge, anonymousId: `relay-${number}`, version: 0, asked: 0 });
  }

  async open() {
    await this.decide([{ type: "page", messageId: `page-${this.anonymousId}`, anonymousId: this.anonymousId }]);
    const url = new URL("/v1/relay?writeKey=demo", this.edge.url.replace("http", "ws"));
    this.socket = new WebSocket(url, { headers: { origin: new URL(this.edge.url).origin } });
    this.socket.onmessage = ({ data }) => this.told(JSON.parse(data).version);
    await new Promise((done, fail) => Object.assign(this.socket, { onopen: done, onerror: ({ message, error }) => fail(new Error(`no WebSocket: ${message}`, { cause: error })) }));
  }

  async told(version) {
    this.toldAt = performance.now();
    if (version <= this.version) return;
    await sleep(Math.random() * SPREAD);
    for (let tries = 0; this.version < version && tries < 4; tries += 1) {
      if (tries > 0) await sleep(SPREAD / 2 + Math.random() * SPREAD);
      await this.decide([], version);
    }
  }

  async decide(batch, minConfig = this.version) {
    this.asked += 1;
    const body = { writeKey: "demo", anonymousId: this.anonymousId, batch, minConfig, decide: { placements: ["hero"] } };
    const { status, headers, text } = await post(this.edge, body, this.cookie);
    assert.equal(status, 200, text);
    const [set] = headers["set-cookie"] ?? [];
    if (set) this.cookie = set.split(";")[0];
    const { configVersion, decisions: [decision] } = JSON.parse(text);
    this.version = Math.max(this.version, configVersion);
    this.shows = decision.content?.html;
    this.decidedAt = performance.now();
  }
}

const ms = (value) => Math.round(value);
const dollars = (counted) => Object.entries(PRICE).reduce((sum, [name, price]) => sum + ((counted[name] ?? 0) * price) / 1e6, 0);

await script(async (closed) => {
  const edge = closed(await Edge.start({ inMemory: true }));
  const cpu = new Cpu(edge.pid);
  const pages = Array.from({ length: PAGES }, (_, number) => new Page(edge, number));
  await lanes(pages, 16, (page) => page.open());
  closed({ close: () => pages.forEach(({ socket }) => socket.close()) });
  await edge.rest();
  const counted = async () => edge.usage();
  const connected = await counted();
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const title = `Round ${round}`;
    const content = { type: "html", html: title };
    const files = { ...shopConfig(), "offers/live.json": { id: "live", name: "Live", placement: "hero", priority: 1000, content } };
    const before = await counted();
    const used = cpu.used();
    pages.forEach((page) => (page.asked = 0));
    const start = performance.now();
    await edge.publish(files);
    const published = performance.now() - start;
    await until("every page shows it", () => pages.every(({ shows }) => shows === title), { within: 60_000, every: 20 });
    const took = pages.map(({ decidedAt }) => decidedAt - start);
    const told = pages.map(({ toldAt }) => toldAt - start);
    const took_cpu = cpu.used() - used;
    await edge.rest();
    const after = await counted();
    // Without the questions about usage, and without the publication's own way to validate and store.
    const spent = Object.fromEntries(Object.keys(PRICE).map((name) => [name, after[name] - before[name]]));
    spent.requests = 1 + pages.reduce((sum, { asked }) => sum + asked, 0);
    rounds.push({ took, told, spent, published, cpu: took_cpu });
    console.error(`round ${round + 1}: published in ${ms(published)} ms, all pages after ${ms(Math.max(...took))} ms`);
  }
  const all = (of) => rounds.flatMap(of);
  const mean = (of) => rounds.reduce((sum, one) => sum + of(one), 0) / rounds.length;
  const [took, told] = [all(({ took }) => took), all(({ told }) => told)];
  const spent = Object.fromEntries(Object.keys(PRICE).map((name) => [name, mean((one) => one.spent[name])]));
  console.table([{
    "open pages": PAGES, "publications": ROUNDS,
    "told: p50, ms": ms(percentile(told, 0.5)), "p99, ms": ms(percentile(told, 0.99)),
    "decided anew: p50, ms ": ms(percentile(took, 0.5)), "p99, ms ": ms(percentile(took, 0.99)), "most, ms": ms(Math.max(...took)),
    "CPU, s": (mean(({ cpu }) => cpu) / 1000).toFixed(1),
  }]);
  console.table(Object.fromEntries(Object.entries(PRICE).map(([name, price]) => [name, { "per publication": ms(spent[name]), "$ per million": price }])));
  const one = dollars(spent);
  // A page that opens costs a request, and one call of its relay; what it sends and asks besides it would send and ask anyway.
  const opened = (PAGES * DAYS * 24 * 60) / MINUTES_OPEN;
  const opening = dollars({ requests: opened, objectCalls: opened });
  const month = one * PUBLICATIONS_A_DAY * DAYS;
  console.log(`A publication: ${ms(spent.requests)} requests (${(spent.requests / PAGES).toFixed(2)} a page), $${one.toFixed(5)}.`);
  console.log(`A month with ${PAGES} pages open at every moment, each for ${MINUTES_OPEN} minutes, and ${PUBLICATIONS_A_DAY} publications a day: $${month.toFixed(2)} for publications, $${opening.toFixed(2)} for ${(opened / 1e6).toFixed(1)} million connections; what is idle hibernates and costs nothing. At list price; CPU time is billed, too.`);
  console.log(`Connecting ${PAGES} pages and their first decisions took ${connected.objectCalls} calls of objects. Client, workerd and all objects share the cores: ${machine()}.`);
});
