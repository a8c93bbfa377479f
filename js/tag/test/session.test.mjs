// What a visit costs the network, where the edge is another origin than the site.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { Sink, decision } from "./sink.mjs";

const ADDED = { product_id: "p7", name: "Skylark", price: 139, quantity: 1, category: "Shoes", currency: "EUR" };
const add = (page, n) => page.evaluate((product) => void selvedge.track("Product Added", product), { ...ADDED, position: n });

/** Runs `use` with an edge of another origin, and a page of the site's that has the tag from there. */
const across = (html, use) =>
  visit(async ({ sink: site, page }) => {
    const edge = await new Sink().start();
    edge.shared = { "access-control-allow-origin": "*" };
    site.pages["/"] = `${html}<script async src="${edge.url}/tag.js" data-write-key="demo"></script>`;
    try {
      await use({ edge, page, open: () => page.goto(site.url) });
      assert.equal(edge.preflights, 0);
      assert.equal(site.requests.length, 0);
    } finally {
      edge.stop();
    }
  });

test("a page view and ten cart actions are three requests of less than 4 kB, and no browser asks first", () =>
  across("", async ({ edge, page, open }) => {
    await page.clock.install();
    await open();
    await edge.until(() => edge.named("page").length);
    for (let n = 0; n < 10; n += 1) {
      await add(page, n);
      await page.clock.runFor(300);
    }
    await edge.until(async () => (await page.clock.runFor(300), edge.named("Product Added").length === 10));
    assert.ok(edge.requests.length <= 3, `${edge.requests.length} requests`);
    const bytes = edge.requests.reduce((sum, request) => sum + request.bytes, 0);
    assert.ok(bytes <= 4_000, `${bytes} bytes`);
  }));

test("where a placement is, each of ten cart actions is answered at once, and no browser asks first", () =>
  across('<div data-selvedge-placement="hero"></div>', async ({ edge, page, open }) => {
    let count = 0;
    edge.answer = ({ batch }) => {
      count += batch.filter(({ event }) => event === "Product Added").length;
      return { decisions: [decision("hero", `offer-${count}`, "<b>Offer</b>")] };
    };
    await open();
    await page.waitForSelector("[data-selvedge-offer=offer-0]");
    for (let n = 1; n <= 10; n += 1) {
      await add(page, n);
      await page.waitForSelector(`[data-selvedge-offer=offer-${n}]`);
      const { sentAt, batch } = edge.requests.at(-1);
      assert.ok(Date.parse(sentAt) - Date.parse(batch.at(-1).timestamp) < 1_000, "waits for no company");
    }
  }));
