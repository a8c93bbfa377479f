// One page view, then ten cart events 300 ms apart, then the page is left: what goes over the wire.

import { setTimeout as sleep } from "node:timers/promises";
import { cart, EVENT } from "../cart.mjs";
import { enter } from "../browser.mjs";
import { median } from "../../figures.mjs";

const EVENTS = 10;
const APART_MS = 300;
/** Clients that gather events send them within five seconds. */
const GATHERING_MS = 7_000;

/** Runs in the page: the times of the calls, and of the decisions that came after. */
async function shop({ event, carts, apart }) {
  const called = [];
  const decided = [];
  document.addEventListener("selvedge:decision", () => decided.push(Date.now()));
  for (const properties of carts) {
    called.push(Date.now());
    client.track(event, properties);
    await new Promise((next) => setTimeout(next, apart));
  }
  return { called, decided };
}

export async function session({ browser, site, marks }, { name, title, sink, placement = false }) {
  const [view, ...events] = marks.take(1 + EVENTS);
  const since = sink.requests.length;
  const visitor = await browser.visitor();
  const page = await enter(visitor, site.url(name, { placement }), { mark: view });
  await sleep(500);
  const { called, decided } = await page.evaluate(shop, { event: EVENT, carts: events.map(cart), apart: APART_MS });
  await sink.has([view, ...events], GATHERING_MS);
  await page.goto(site.url("plain"));
  if (!(await sink.has([view, ...events], 2_000))) throw new Error(`not all events of ${title} came`);
  await visitor.close();
  const requests = sink.requests.slice(since).filter(({ kind }) => kind !== "script");
  const of = (...kinds) => requests.filter(({ kind }) => kinds.includes(kind)).length;
  const kilobytes = (of) => requests.reduce((sum, request) => sum + of(request), 0) / 1000;
  return {
    requests: of("events", "other", "settings"),
    carrying: of("events"),
    preflights: of("preflight"),
    up: kilobytes(({ head, body }) => head + body),
    bodies: kilobytes(({ body }) => body),
    arrives: median(events.map((mark, n) => sink.arrivals(mark)[0].at - called[n])),
    answered: placement ? median(called.map((at) => (decided.find((then) => then >= at) ?? Number.NaN) - at)) : undefined,
  };
}
