// The server is out of order for five seconds, and the event is raised in the first moment of that.

import { setTimeout as sleep } from "node:timers/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cart, EVENT } from "../cart.mjs";
import { enter } from "../browser.mjs";
import { atATime } from "../at-a-time.mjs";
import { outcome } from "./outcome.mjs";

const AGAIN_MS = 1_500;
/** Pages that are opened at once. */
const OPENING = 3;
/** Tabs of a browser that is closed. */
const TABS = 10;

const track = (page, mark) =>
  page.evaluate(({ event, properties }) => void client.track(event, properties), { event: EVENT, properties: cart(mark) });

/** Pages that have made their page views. */
async function opened(sink, views, open) {
  const pages = await atATime(OPENING, views.map((view, n) => () => open(view, n)));
  if (!(await sink.has(views, 10_000))) throw new Error(`not all page views of ${sink.peer.title} came`);
  return pages;
}

const outage = (begin, end) =>
  async function tries({ browser, site, marks, extent }, { name, sink }) {
    const [views, events] = [marks.take(extent.tries), marks.take(extent.tries)];
    const pages = await opened(sink, views, async (mark) => enter(await browser.visitor(), site.url(name), { mark }));
    await begin(sink);
    await Promise.all(pages.map((page, n) => track(page, events[n])));
    await sleep(extent.outageMs);
    await end(sink);
    await sink.has(events, extent.patienceMs);
    // Nobody stays for ever, and a client may send what is left when the page goes.
    await Promise.all(pages.map((page) => page.goto(site.url("plain"))));
    await sleep(AGAIN_MS);
    await Promise.all(pages.map((page) => page.context().close()));
    return outcome(sink, events);
  };

export const down = outage((sink) => sink.down(), (sink) => sink.up());
export const refusing = outage(
  (sink) => (sink.refusal = 503),
  (sink) => (sink.refusal = undefined),
);

/** Each tab is in a shop of its own, with a storage of its own. */
async function closeAndReopen({ browser, site, extent }, { name, sink }, views, events) {
  const folder = await mkdtemp(join(tmpdir(), "selvedge-bench-"));
  const open = (visitor) => (mark, n) => enter(visitor, site.url(name, { shop: `shop${n}` }), { mark });
  const before = await browser.visitorIn(folder);
  const pages = await opened(sink, views, open(before));
  await sink.down();
  await Promise.all(pages.map((page, n) => track(page, events[n])));
  await sleep(1_000);
  // As a window that is closed: each page is told. Playwright's own way of ending the browser tells none.
  await Promise.all(pages.map((page) => page.close()));
  await before.close();
  await sink.up();
  const after = await browser.visitorIn(folder);
  await atATime(OPENING, views.map((_, n) => () => open(after)(undefined, n)));
  await sink.has(events, extent.patienceMs);
  await sleep(AGAIN_MS);
  await after.close();
  await rm(folder, { recursive: true });
}

/** The browser is closed while the server is down, and opened when it is up again. */
export async function browserClosed(bench, client) {
  const count = bench.extent.tries;
  const [views, events] = [bench.marks.take(count), bench.marks.take(count)];
  for (let n = 0; n < count; n += TABS) {
    await closeAndReopen(bench, client, views.slice(n, n + TABS), events.slice(n, n + TABS));
  }
  return outcome(client.sink, events);
}
