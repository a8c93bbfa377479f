// One profile, one source or one address is flooded: what becomes of the flood, and how long others' events take meanwhile.
//
// Requests of the flood leave at a fixed rate, whether they are answered or not, and none is sent again. Meanwhile people
// whom it does not concern send one event after the other, from addresses of their own; without a flood first, in each round.
//
// Usage: node flood.mjs [--rate N] [--seconds N] [--rounds N]. Fails if an event of the others is not taken, or if one of
// the flood that was said to be stored is not there once.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { Cpu } from "../bench/cpu.mjs";
import { percentile } from "../bench/figures.mjs";
import { lanes } from "../bench/load.mjs";
import { machine } from "../bench/machine.mjs";
import { Edge, shopConfig } from "../harness/edge.mjs";
import { memory } from "../harness/memory.mjs";
import { script } from "../harness/script.mjs";

const number = (fallback) => ({ type: "string", default: String(fallback) });
const { rate: RATE, seconds: SECONDS, rounds: ROUNDS } = Object.fromEntries(
  Object.entries(parseArgs({ options: { rate: number(300), seconds: number(5), rounds: number(3) } }).values).map(
    ([name, value]) => [name, Number(value)],
  ),
);

/** People who have nothing to do with it, and the pause between two of their events. */
const PROBES = 50;
const PAUSE_MS = 10;
/** People of whom a flood of a whole source or address speaks. */
const CROWD = 200;
/** How often the flood lets some more requests go. */
const TICK_MS = 10;
const FLOODER = "203.0.113.66";

const viewed = { type: "track", event: "Product Viewed", properties: { product_id: "skylark-4", price: 149 } };
const crowd = Array.from({ length: CROWD }, () => ({ anonymousId: randomUUID() }));
const somebody = () => crowd[Math.floor(Math.random() * CROWD)];
const ofPerson = `flooded-${randomUUID()}`;
/** The floods: with which key, from which address, about whom. */
const FLOODS = {
  "nobody": null,
  "one profile": { writeKey: "open", person: () => ({ userId: ofPerson }) },
  "one source, which may": { writeKey: "wild", person: somebody },
  "one source, which may not": { writeKey: "bounded", person: somebody },
  "one address, which may not": { writeKey: "by-address", from: FLOODER, person: somebody },
};

function config() {
  const files = shopConfig();
  const [, server] = files["sources.json"].sources;
  const limits = {
    open: { source: null, address: null },
    wild: { source: null, address: null },
    bounded: { source: { perSecond: 20, burst: 40 }, address: null },
    "by-address": { source: null, address: { perSecond: 20, burst: 40 } },
  };
  const sources = Object.entries(limits).map(([id, limits]) => ({ ...server, id, name: id, writeKey: id, kind: "browser", bots: "include", limits }));
  return { ...files, "sources.json": { sources } };
}

const agents = { flood: new Agent({ keepAlive: true }), probes: new Agent({ keepAlive: true }) };

function post(edge, agent, { writeKey, from }, event) {
  const body = JSON.stringify({ writeKey, batch: [{ messageId: randomUUID(), ...viewed, ...event }] });
  const headers = { "content-type": "text/plain", "content-length": Buffer.byteLength(body), ...(from && { "cf-connecting-ip": from }) };
  return new Promise((done, fail) => {
    const sent = request(new URL("/v1/batch", edge.url), { agent, method: "POST", headers }, (response) => {
      let text = "";
      response.on("data", (part) => (text += part));
      response.on("end", () => done({ status: response.statusCode, retryAfter: response.headers["retry-after"], text }));
    });
    sent.on("error", fail);
    sent.end(body);
  });
}

/** Others' events, one after the other, until the flood is over; and the flood. */
async function section(edge, cpu, people, flood) {
  const before = cpu.used();
  const probed = [];
  let done = false;
  const others = (async () => {
    for (let n = 0; !done; n += 1) {
      const start = performance.now();
      const { status, text } = await post(edge, agents.probes, { writeKey: "open", from: `198.51.100.${n % PROBES}` }, people[n % PROBES]);
      assert.equal(status, 200, text);
      probed.push(performance.now() - start);
      await sleep(PAUSE_MS);
    }
  })();
  const answers = [];
  const under = [];
  const start = performance.now();
  for (let sent = 0; performance.now() - start < SECONDS * 1000; await sleep(TICK_MS)) {
    const due = flood ? ((performance.now() - start) / 1000) * RATE : 0;
    for (; sent < due; sent += 1) under.push(post(edge, agents.flood, flood, flood.person()).then((answer) => answers.push(answer)));
  }
  await Promise.all(under);
  done = true;
  await others;
  return { probed, answers, cpu: cpu.used() - before, seconds: (performance.now() - start) / 1000 };
}

const ms = (value) => value.toFixed(1);
await script(async (closed) => {
  const edge = closed(await Edge.start({ config: false, inMemory: true }));
  await edge.publish(config());
  const cpu = new Cpu(edge.pid);
  const people = Array.from({ length: PROBES }, () => ({ userId: randomUUID(), anonymousId: randomUUID() }));
  await lanes(people, 8, (person) => post(edge, agents.probes, { writeKey: "open" }, person));
  await lanes(crowd, 8, (person) => post(edge, agents.probes, { writeKey: "open" }, person));
  await post(edge, agents.probes, { writeKey: "open" }, { userId: ofPerson });
  let stored = 1;
  const all = Object.fromEntries(Object.keys(FLOODS).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, flood] of Object.entries(FLOODS)) {
      const one = await section(edge, cpu, people, flood);
      all[name].push(one);
      console.error(`round ${round + 1}: ${name}: ${one.answers.length} sent, ${one.probed.length} of others, ${one.seconds.toFixed(1)} s`);
      for (const { status, retryAfter, text } of one.answers) {
        assert.ok([200, 429].includes(status), text);
        if (status === 429) assert.match(retryAfter, /^[1-9]\d*$/u);
      }
      if (name === "one profile") stored += one.answers.filter(({ status }) => status === 200).length;
      // What one flood leaves to do is not the next one's.
      await cpu.rest(1500);
    }
  }
  const quiet = percentile(all.nobody.flatMap(({ probed }) => probed), 0.99);
  const rows = Object.entries(all).map(([name, rounds]) => {
    const [probed, answers] = [rounds.flatMap(({ probed }) => probed), rounds.flatMap(({ answers }) => answers)];
    const sum = (of) => rounds.reduce((total, one) => total + of(one), 0);
    return {
      "flooded": name,
      "sent a second": Math.round(answers.length / sum(({ seconds }) => seconds)),
      "taken": answers.filter(({ status }) => status === 200).length,
      "told to wait": answers.filter(({ status }) => status === 429).length,
      "others": probed.length,
      "p50, ms": ms(percentile(probed, 0.5)),
      "p99, ms": ms(percentile(probed, 0.99)),
      "p99 beside quiet": `${(percentile(probed, 0.99) / quiet).toFixed(1)}×`,
      "CPU": `${Math.round((sum(({ cpu }) => cpu) / sum(({ seconds }) => seconds)) / 10)} %`,
    };
  });
  console.table(rows);
  const timeline = (await edge.timeline(`user_id:${ofPerson}`)).map(({ messageId }) => messageId);
  assert.equal(timeline.length, stored, "what was said to be stored is there");
  assert.equal(new Set(timeline).size, stored, "once");
  console.log(`all ${stored} events of the flooded profile that were said to be stored are there, each once; every event of the others was taken`);
  console.log(`Memory: the isolate's ${Math.round((await edge.usage()).memory / 2 ** 20)} MB, workerd at most ${Math.round(memory(cpu.pid).most / 2 ** 20)} MB.`);
  console.log(`Client, workerd and all objects share the cores: ${machine()}.`);
});
