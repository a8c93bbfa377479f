// What is published reaches pages that are open: from Publish to a changed offer, without a reload.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "../harness/chromium.mjs";
import { Edge, shopConfig, until } from "../harness/edge.mjs";
import { DEFAULT_HERO, Shop } from "./shop.mjs";

const BEFORE = "Half price on trail tents";
const WITHIN = 5000;

const registry = mkdtempSync(join(tmpdir(), "selvedge-registry-"));
/** The shop of a second process: its isolates know of a publication only what the first tells them. */
const shop = new Shop();
let first;
before(async () => {
  first = await Edge.start({ registry });
  shop.edge = await Edge.start({ beside: first, shop: true });
  shop.browser = await launch({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
});
after(async () => {
  await shop.close();
  await first.close();
  rmSync(registry, { recursive: true, force: true });
});

const offer = (title) => ({
  id: "live", name: "Live", placement: "hero", priority: 1000, content: { type: "html", html: `<h2>${title}</h2><p>Until tonight.</p>` },
});
const withOffer = (title) => ({ ...shopConfig(), "offers/live.json": offer(title) });

/** From here on the page notes when its hero says `title`, by its own clock. */
const watch = (page, title) =>
  page.evaluate((title) => {
    window.notReloaded = true;
    window.changedAt = undefined;
    const look = () => {
      if (document.querySelector('[data-selvedge-placement="hero"] h2')?.textContent === title) window.changedAt = Date.now();
      else requestAnimationFrame(look);
    };
    look();
  }, title);

/** Publishes at the first process; gives the milliseconds until the page has changed. */
async function publishAndWatch(visitor, title) {
  await watch(visitor.page, title);
  const start = Date.now();
  await first.publish(withOffer(title));
  const at = await until(`the hero says “${title}”`, () => visitor.page.evaluate("window.changedAt"), { within: 15_000 });
  assert.ok(await visitor.page.evaluate("window.notReloaded"), "the page was not loaded again");
  return at - start;
}

const listens = (visitor) => until("the page listens", () => visitor.sockets.some((socket) => !socket.isClosed() && socket.heard > 0));

/** A visitor whose WebSockets are written down. */
async function enter(enterShop, options) {
  const visitor = await enterShop(options);
  visitor.sockets = [];
  visitor.page.on("websocket", (socket) => {
    visitor.sockets.push(socket);
    socket.heard = 0;
    socket.on("framereceived", ({ payload }) => {
      socket.heard += 1;
      // Nothing of anybody: a number.
      if (payload !== "pong") assert.deepEqual(Object.keys(JSON.parse(payload)), ["version"]);
    });
  });
  return visitor;
}

test("a publication changes the offer on an open page within five seconds, through a second process that is warm with the old config",
  shop.story(async ({ enter: come, edge, t }) => {
    const visitor = await enter(come);
    await visitor.page.goto("/");
    assert.equal(await visitor.decidedHero(), DEFAULT_HERO.home);
    await listens(visitor);
    const took = [];
    for (let round = 0; round < 5; round += 1) {
      // Warm: this process has decided by the config that is about to be old, a moment ago.
      const { answer } = await edge.send({ writeKey: "demo", batch: [], anonymousId: "warm", decide: { placements: ["hero"] } });
      const { version } = await (await first.admin("/v1/config")).json();
      assert.equal(answer.configVersion, version);
      took.push(await publishAndWatch(visitor, `${BEFORE} ${round}`));
    }
    t.diagnostic(`from Publish to the changed hero: ${took.join(", ")} ms`);
    assert.ok(Math.max(...took) < WITHIN, `${took}`);
  }));

test("two tabs of one visitor change, each by itself", shop.story(async ({ enter: come }) => {
  const visitor = await enter(come);
  await visitor.page.goto("/");
  await listens(visitor);
  const one = visitor.page;
  await visitor.openTab();
  // A hidden tab asks when it is shown.
  await one.bringToFront();
  await visitor.page.goto("/products");
  await visitor.decidedHero();
  await first.publish(withOffer("In both tabs"));
  for (const page of [one, visitor.page]) {
    await page.bringToFront();
    await until("it has changed", async () => (await page.locator('[data-selvedge-placement="hero"] h2').innerText()) === "In both tabs", { within: WITHIN });
  }
}));

test("nothing is said before consent, what is withdrawn ends it, and a page that comes back from the cache listens again",
  shop.story(async ({ enter: come }) => {
    const visitor = await enter(come);
    const { page } = visitor;
    await page.addInitScript(() => (localStorage.selvedge_consent ??= '{"analytics":false}'));
    await page.goto("/");
    await page.waitForFunction("window.selvedge?.status === 'ready'");
    assert.equal(visitor.sockets.length, 0);
    await page.evaluate(() => selvedge.consent({ analytics: true, personalisation: true }));
    await listens(visitor);
    await page.evaluate(() => selvedge.consent({ analytics: false }));
    await until("it is closed", () => visitor.sockets[0].isClosed());
    await page.evaluate(() => selvedge.consent({ analytics: true }));
    await listens(visitor);
    await page.evaluate(() => (window.kept = true));
    await page.goto("/products");
    await until("the next page listens", () => visitor.sockets.length === 3 && visitor.sockets[2].heard > 0);
    await page.evaluate(() => history.back());
    await until("it is back", () => new URL(page.url()).pathname === "/");
    assert.ok(await page.evaluate("window.kept"), "the page that was kept, not a new one");
    const ms = await publishAndWatch(visitor, "After the way back");
    assert.ok(ms < WITHIN, `${ms} ms`);
  }));

test("where no WebSocket can be had the page is as ever", shop.story(async ({ enter: come }) => {
  const visitor = await enter(come, { expected: /v1\/relay/ });
  await first.publish(shopConfig());
  await visitor.page.routeWebSocket(/v1\/relay/, (socket) => socket.close());
  await visitor.earnRunningWeek();
  await visitor.delivered();
}));
