// What is happening now, and what would happen.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Device, until } from "../harness/edge.mjs";
import { Desk } from "./desk.mjs";

const desk = new Desk();
before(() => desk.open());
after(() => desk.close());

const PER_SECOND = 200;
const PEOPLE = 200;
/** In one batch: one of all that a long wait leaves undone would be too large to be taken. */
const MOST = 500;
const EVENTS = ["Product Viewed", "Product List Viewed", "Products Searched", "Product Added"];

/** So many events a second, until it is told to stop. */
function traffic(edge) {
  const people = Array.from({ length: PEOPLE }, () => randomUUID());
  let sent = 0;
  let stopped = false;
  const done = (async () => {
    const start = performance.now();
    while (!stopped) {
      const due = Math.min(MOST, Math.floor(((performance.now() - start) / 1000) * PER_SECOND) - sent);
      if (due > 0) {
        const batch = Array.from({ length: due }, (_, index) => ({
          type: "track", event: EVENTS[(sent + index) % EVENTS.length], messageId: randomUUID(), userId: people[(sent + index) % PEOPLE],
          properties: { product_id: "skylark-4", price: 149 }, context: { page: { path: `/products/${(sent + index) % 7}` } },
        }));
        sent += due;
        // One after the other: a machine that is too slow for so many is given no more than it takes.
        assert.equal((await edge.send({ writeKey: "demo-server", batch })).status, 200);
      }
      await sleep(100);
    }
  })();
  return { sent: () => sent, stop: () => ((stopped = true), done) };
}

test(
  "the page says what happens under 200 events a second, stays responsive, is filtered and paused, and comes back by itself",
  { timeout: 180_000 },
  desk.story(async ({ sit, edge, t }) => {
    const viewer = await sit({ key: await desk.key("viewer", "Vic") });
    const { page } = viewer;
    await viewer.signIn("/console/live");
    await viewer.heading("Live");
    await page.getByText("Live", { exact: true }).last().waitFor();
    await page.getByText("Waiting for events").waitFor();
    await viewer.look("live-empty");
    const flow = traffic(edge);
    t.after(flow.stop);
    const stream = page.getByRole("region", { name: "Events", exact: true });
    const rows = stream.getByRole("row");
    await until("events in the stream", async () => (await rows.count()) > 20, { within: 60_000 });
    // From here on, what keeps the page from answering is written down.
    await page.evaluate(() => {
      window.tasks = [];
      new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
      window.watchedFrom = performance.now();
    });
    const answered = [];
    for (let round = 0; round < 5; round += 1) {
      for (const [now, then] of [["Pause", "Go on"], ["Go on", "Pause"]]) {
        // In the page, without the driver's own time: from the click to the frame that shows what it did.
        answered.push(await page.evaluate(([now, then]) => new Promise((done) => {
          const find = (text) => [...document.querySelectorAll("button")].find((button) => button.textContent === text);
          const start = performance.now();
          find(now).click();
          const look = () => (find(then) ? done(performance.now() - start) : requestAnimationFrame(look));
          requestAnimationFrame(look);
        }), [now, then]));
        await sleep(300);
      }
    }
    const { tasks, seconds } = await page.evaluate(() => ({ tasks: window.tasks, seconds: (performance.now() - window.watchedFrom) / 1000 }));
    const [worst, longest] = [Math.max(...answered), Math.max(0, ...tasks)];
    const busy = tasks.reduce((sum, one) => sum + one, 0) / seconds / 10;
    const rate = await page.getByText("Events a second").locator("xpath=following-sibling::*").innerText();
    const lag = await page.getByText("Lag", { exact: true }).locator("xpath=following-sibling::*").innerText();
    t.diagnostic(`${flow.sent()} events sent; the page says ${rate} a second, lag ${lag}; a click takes ${Math.round(worst)} ms at most, the longest task ${Math.round(longest)} ms, ${busy.toFixed(1)} % of the time in tasks over 50 ms`);
    assert.ok(worst <= 300, `a click took ${worst} ms`);
    assert.ok(longest <= 400, `a task took ${longest} ms`);
    await stream.getByText(/About one in|All events/).waitFor();
    await viewer.look("live");
    await stream.getByRole("combobox", { name: "Event" }).fill("Product Added");
    await page.getByRole("option", { name: "Product Added", exact: true }).click();
    await stream.getByRole("button", { name: "Pause" }).click();
    const names = await stream.locator("tbody tr td:nth-child(2)").allInnerTexts();
    assert.ok(names.length > 0 && names.every((name) => name === "Product Added"), names.join());
    await flow.stop();
    await edge.down();
    await page.getByText("Connecting again").waitFor();
    await edge.up();
    await until("it is live again", () => page.getByText("Live", { exact: true }).last().isVisible(), { within: 30_000 });
    viewer.problems = viewer.problems.filter((problem) => !/WebSocket connection/.test(problem));
  }),
);

test(
  "preview as a person and as a segment says what every placement shows and why; a draft opens on the real page, for its link alone",
  desk.story(async ({ sit, edge }) => {
    const device = new Device(edge);
    await device.send([{ type: "track", event: "Product Added", properties: { product_id: "skylark-4", category: "Running shoes", price: 149, quantity: 1 } }], ["hero"]);
    const editor = await sit({ key: await desk.key("editor", "Eda") });
    const { page } = editor;
    await editor.signIn("/console/preview");
    await page.getByLabel("Who").fill(`anonymous_id:${device.anonymousId}`);
    await page.getByRole("button", { name: "Show" }).click();
    const hero = page.getByRole("region", { name: "hero" });
    await hero.getByRole("row", { name: /running-week is shown/ }).waitFor();
    await editor.look("preview");
    await page.getByText("Members of segments").click();
    await page.getByRole("button", { name: "Show" }).click();
    await hero.getByRole("row", { name: /running-week this person is not in its audience/ }).waitFor();

    await page.goto("/console/config/edit");
    await page.getByRole("button", { name: "Preview…" }).click();
    const dialog = editor.dialog("Preview");
    await dialog.getByRole("button", { name: "Make the link" }).click();
    const link = await dialog.getByRole("link", { name: "Open the page" }).getAttribute("href");
    await editor.look("preview-dialog");
    const token = new URL(link).searchParams.get("selvedge_preview");
    assert.match(token, /^[\w-]+\.[\w-]+$/);
    assert.equal((await (await edge.admin("/v1/config")).json()).version, 1);
  }),
);
