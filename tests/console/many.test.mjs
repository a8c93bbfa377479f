// Ten thousand people: whoever looks at them waits for nothing that grows with their number.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../harness/edge.mjs";
import { Desk } from "./desk.mjs";

const PEOPLE = 10_000;
const BATCH = 500;
/** So many come while a process of the edge lives. */
const PROCESS = 2_000;
/** Sent at the same time. */
const AT_ONCE = 3;
/** People on one page of the list. */
const PAGE = 50;
const PAGES = 20;

/** However many there are: what is more is a click away. */
const MOST_ELEMENTS = 4_000;
/** Of anything that somebody does, until what it did is shown. Of a processor, not by the clock: others may want it, too. */
const MOST_PROCESSOR_MS = 600;
/** Of a letter that is typed. */
const MOST_TYPED_MS = 100;
const MOST_REQUESTS = 8;
const MOST_BYTES = 64 * 1024;

const desk = new Desk();
before(() => desk.open({ inMemory: true }));
after(() => desk.close());

/** Everybody comes in by the API, as from a shop's server; every fourth is gold. */
async function fill(edge) {
  for (let from = 0; from < PEOPLE; from += PROCESS) {
    const batches = Array.from({ length: PROCESS / BATCH }, (_, n) => from + n * BATCH);
    const lane = async () => {
      for (let first = batches.shift(); first !== undefined; first = batches.shift()) {
        const batch = Array.from({ length: BATCH }, (_, more) => first + more).map((n) => ({
          type: "identify", messageId: `m-${n}`, userId: `customer-${n}`, traits: { n, tier: n % 4 === 0 ? "gold" : "basic" },
        }));
        const { status, answer } = await edge.send({ writeKey: "demo-server", batch });
        assert.equal(status, 200, JSON.stringify(answer).slice(0, 500));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    // Each object has files open for as long as it is in memory, and a process may have so many.
    await edge.rest();
    await edge.down();
    await edge.up();
  }
  await until("the directory knows them all", async () => (await (await edge.admin("/v1/directory/counts")).json()).profiles.live === PEOPLE, { within: 120_000, every: 300 });
}

test(
  "ten thousand people are paged through, found, and estimated: each page stays small, asks little, and takes little",
  { timeout: 600_000 },
  desk.story(async ({ sit, edge, t }) => {
    const began = Date.now();
    await fill(edge);
    t.diagnostic(`${PEOPLE} people in ${Date.now() - began} ms`);
    const editor = await sit({ key: await desk.key("editor", "Eve") });
    const { page } = editor;
    /** Does something, and holds what it costs against the bounds. */
    const within = async (what, act, { processor = MOST_PROCESSOR_MS, requests = MOST_REQUESTS } = {}) => {
      const cost = await editor.cost(act);
      const elements = await page.evaluate(() => document.querySelectorAll("*").length);
      t.diagnostic(`${what}: ${cost.processor} ms of a processor, ${cost.requests.length} requests, ${cost.bytes} bytes at most, ${elements} elements`);
      assert.ok(cost.processor <= processor, `${what}: ${cost.processor} ms of a processor`);
      assert.ok(cost.requests.length <= requests, `${what}: ${cost.requests}`);
      assert.ok(cost.bytes <= MOST_BYTES, `${what}: ${cost.bytes} bytes`);
      assert.ok(elements <= MOST_ELEMENTS, `${what}: ${elements} elements`);
      return cost;
    };
    const links = page.locator("tbody a");
    const shown = () => links.evaluateAll((all) => all.map(({ href }) => href));
    const place = (nth) => page.getByText(`${(nth * PAGE + 1).toLocaleString("en-GB")} to ${((nth + 1) * PAGE).toLocaleString("en-GB")} of 10,000 people`).waitFor();

    await editor.signIn("/console/health");
    await within("the first page", async () => {
      await editor.open("People");
      await place(0);
      await until("all of the page", async () => (await links.count()) === PAGE);
    });
    const seen = new Set(await shown());
    const next = page.getByRole("button", { name: "Next" });
    const costs = [];
    for (let nth = 1; nth < PAGES; nth += 1) {
      costs.push(await within(`page ${nth + 1}`, async () => {
        await next.click();
        await place(nth);
      }, { requests: 2 }));
      for (const person of await shown()) seen.add(person);
    }
    assert.equal(seen.size, PAGES * PAGE, "nobody stands there twice, and nobody is left out");
    // Somebody is looked at, and the way back leads to where they stood.
    const [first] = await shown();
    await links.first().click();
    await page.getByRole("tab", { name: "Timeline" }).waitFor();
    await page.goBack();
    await place(PAGES - 1);
    assert.equal((await shown())[0], first);
    await page.getByRole("button", { name: "Previous" }).click();
    await place(PAGES - 2);

    await page.getByLabel("Identifier").fill("customer-7777");
    await within("somebody is found", async () => {
      await page.getByRole("button", { name: "Find" }).click();
      await page.getByRole("link", { name: "customer-7777" }).waitFor();
    });

    // Who fits, out of all of them, and the range says true.
    const many = page.getByRole("region", { name: "How many" });
    await page.goto("/console/audiences");
    await page.getByRole("link", { name: "Gold members" }).waitFor();
    await within("an audience with its estimate", async () => {
      await page.getByRole("link", { name: "Gold members" }).click();
      await many.getByText(/of 10,000 people, between/).waitFor();
    });
    const said = await many.innerText();
    const [, estimate, low, high] = said.replaceAll(",", "").match(/about (\d+) of 10000 people between (\d+) and (\d+)/).map(Number);
    t.diagnostic(`gold: about ${estimate}, between ${low} and ${high}, of really ${PEOPLE / 4}`);
    assert.ok(low < estimate && estimate < high && high - low < PEOPLE / 4, said);
    assert.equal(await many.getByRole("link").count(), 10);
    await many.getByText(/^customer-\d+$/).first().waitFor();
    await editor.look("audience-estimate");
    const TYPED = " of the year";
    const { processor, requests } = await editor.cost(() => page.getByRole("textbox", { name: "Name", exact: true }).pressSequentially(TYPED));
    t.diagnostic(`a letter: ${Math.round(processor / TYPED.length)} ms of a processor`);
    assert.ok(processor / TYPED.length <= MOST_TYPED_MS, `a letter took ${processor / TYPED.length} ms`);
    assert.ok(!requests.includes("/v1/segments/estimate"), "the rule is the same");
  }),
);
