// What a call of `track` takes: for the caller, with the microtasks it leaves behind, and all in all.

import { setTimeout as sleep } from "node:timers/promises";
import { cart, EVENT } from "../cart.mjs";
import { enter } from "../browser.mjs";
import { busy, watch } from "../busy.mjs";
import { median, percentile } from "../../figures.mjs";

/** Enough for a client that sends each event at once to keep pace. */
const APART_MS = 10;
const BURST = 200;
/** Clients that gather events send them within five seconds. */
const GATHERING_MS = 7_000;
const AFTER_MS = 500;

/** Runs in the page: one call in a task of its own, so many times. Milliseconds of each call, without and with microtasks. */
async function oneByOne({ event, carts, apart }) {
  const { port1, port2 } = new MessageChannel();
  const call = (properties) =>
    new Promise((done) => {
      setTimeout(() => {
        let start;
        let end;
        // The next task of the page, when no microtask is left.
        port1.onmessage = () => done({ call: end - start, whole: performance.now() - start });
        port2.postMessage(0);
        start = performance.now();
        client.track(event, properties);
        end = performance.now();
      }, apart);
    });
  const took = [];
  for (const properties of carts) took.push(await call(properties));
  return took;
}

/** Runs in the page: all calls in one task. */
function atOnce({ event, carts }) {
  const start = performance.now();
  for (const properties of carts) client.track(event, properties);
  return performance.now() - start;
}

async function open({ browser, site }, name) {
  const visitor = await browser.visitor();
  const page = await enter(visitor, site.url(name, { isolated: true }));
  await sleep(500);
  return { visitor, page };
}

async function single(bench, { name, sink, floor }, marks) {
  const { visitor, page } = await open(bench, name);
  const session = await watch(visitor, page);
  const before = (await busy(session)).main;
  const took = await page.evaluate(oneByOne, { event: EVENT, carts: marks.map(cart), apart: APART_MS });
  // What is gathered goes out, and its answers are heard.
  if (!floor) await sink.has(marks, GATHERING_MS);
  await sleep(AFTER_MS);
  const work = ((await busy(session)).main - before) / marks.length;
  await visitor.close();
  return {
    call: median(took.map(({ call }) => call)),
    slow: percentile(took.map(({ call }) => call), 0.95),
    whole: median(took.map(({ whole }) => whole)),
    work,
  };
}

async function burst(bench, name) {
  const { visitor, page } = await open(bench, name);
  const took = await page.evaluate(atOnce, { event: EVENT, carts: bench.marks.take(BURST).map(cart) });
  await visitor.close();
  return took;
}

/** Calls one by one, and a burst on a page of its own. */
export async function calls(bench, client) {
  const { name, sink, floor } = client;
  const marks = bench.marks.take(bench.extent.calls);
  const figures = await single(bench, client, marks);
  const arrived = marks.filter((mark) => sink.arrivals(mark).length > 0).length / marks.length;
  return { ...figures, burst: await burst(bench, name), arrived: floor ? undefined : arrived };
}
