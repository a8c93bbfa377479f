// The page is left: by a link, by closing its tab, soon or at once. Each try is a visitor of their own.

import { setTimeout as sleep } from "node:timers/promises";
import { cart, EVENT } from "../cart.mjs";
import { enter } from "../browser.mjs";
import { atATime } from "../at-a-time.mjs";
import { outcome } from "./outcome.mjs";

/** More at once would make leaving slow, and what leaves slowly loses nothing. */
const VISITORS = 2;
/** A client on the next page that gathers events sends them within five seconds. */
const SETTLED_MS = { plain: 3_000, tagged: 8_000 };
/** For what comes again. */
const AGAIN_MS = 1_500;
const SETTINGS_MS = 400;
const BOUNCE_MS = 150;

/** Runs in the page: tracks in the moment in which a link is clicked. */
const trackOnClick = ({ link, event, properties }) =>
  document.getElementById(link).addEventListener("click", () => client.track(event, properties));

/** Runs in the page, before or after its client starts. */
const trackOnPagehide = ({ event, properties }) =>
  addEventListener("pagehide", () => window.client?.track(event, properties));

/** Runs before the page's own scripts, on each page that has the link: follows it, so soon after loading. */
const bounce = (ms) =>
  addEventListener("load", () => window.begun && setTimeout(() => document.getElementById("plain").click(), ms));

const event = (mark) => ({ event: EVENT, properties: cart(mark) });

const byLink = (link) => async (visitor, url, mark) => {
  const page = await enter(visitor, url);
  await page.evaluate(trackOnClick, { link, ...event(mark) });
  await page.click(`#${link}`);
};

const byClosing = async (visitor, url, mark) => {
  const page = await enter(visitor, url);
  await page.evaluate(({ event, properties }) => void client.track(event, properties), event(mark));
  await page.close();
};

const inPagehide = async (visitor, url, mark, n) => {
  // Whose listener comes first is the page's affair: in every second try it is the client's.
  if (n % 2 === 0) await visitor.addInitScript(trackOnPagehide, event(mark));
  const page = await enter(visitor, url);
  if (n % 2 === 1) await page.evaluate(trackOnPagehide, event(mark));
  await page.click("#plain");
};

const bouncing = async (visitor, url, mark) => {
  await visitor.addInitScript(bounce, BOUNCE_MS);
  const page = await enter(visitor, url, { mark, ready: false });
  await page.waitForURL("**/plain*");
};

const leaving = (leave, next = "plain") =>
  async function tries({ browser, site, marks, extent }, { name, sink }) {
    const all = marks.take(extent.tries);
    const visitors = await Promise.all(all.map(() => browser.visitor()));
    await atATime(VISITORS, all.map((mark, n) => () => leave(visitors[n], site.url(name), mark, n)));
    await sink.has(all, SETTLED_MS[next]);
    await sleep(AGAIN_MS);
    await Promise.all(visitors.map((visitor) => visitor.close()));
    return outcome(sink, all);
  };

/** Settings take their time. */
const slowly = (tries) => async (bench, client) => {
  client.sink.settingsMs = SETTINGS_MS;
  const result = await tries(bench, client);
  client.sink.settingsMs = 0;
  return result;
};

export const clickedAway = leaving(byLink("plain"));
export const clickedOn = leaving(byLink("next"), "tagged");
export const tabClosed = leaving(byClosing);
export const pagehide = leaving(inPagehide);
export const bounced = slowly(leaving(bouncing));
