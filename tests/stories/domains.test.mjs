// A visitor follows a link from one of a site's domains to another, in a browser whose sites have nothing in common; and pages that keep
// nothing in the browser at all.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LINK } from "../../js/tag/link-key.js";
import { Edge, shopConfig, until } from "../harness/edge.mjs";
import { RUNNING_WEEK } from "./shop.mjs";
import { Site, browser as launched } from "./site.mjs";

const [ONE, TWO, OTHER] = ["www.larkfell.test", "www.outlet.test", "www.partner.test"];
const PAGE = (script, links = "") => `<!doctype html><title>Shoe</title>
  <div data-selvedge-placement="hero"><h2>own</h2></div>
  <button data-selvedge-event="Product Added" data-selvedge-product-id="p7" data-selvedge-category="Running shoes">Add</button>
  ${links}<script async data-write-key="demo" src="/s/tag.js" ${script}></script>`;

let edge;
let site;
let browser;
before(async () => {
  edge = await Edge.start({ config: false });
  const pages = {};
  site = await Site.start(edge, pages);
  const link = (id, host) => `<a id="${id}" href="${site.origin(host)}/there?size=42#top">${id}</a>`;
  pages["/here"] = PAGE("", link("listed", TWO) + link("stranger", OTHER));
  pages["/there"] = PAGE("");
  pages["/nothing"] = PAGE('data-storage="none"');
  const files = shopConfig();
  files["sources.json"].sources[0].domains = [ONE, TWO].map((host) => `${host}:${site.port}`);
  await edge.publish(files);
  browser = await launched();
});
after(async () => {
  await browser.close();
  site.close();
  await edge.close();
});

const says = (page, title) => until(`the hero says “${title}”`, async () => (await page.locator("h2").innerText()) === title);
const decided = (page) => page.evaluate(() => new Promise((known) => selvedge.onDecision("hero", known)));
const idOn = (page) => page.evaluate("selvedge.user().anonymousId()");
const ready = (page) => page.waitForFunction("window.selvedge?.status === 'ready'");

/** Follows a link once the mouse has been on it; gives the URL that was asked for. */
async function follow(page, id) {
  const word = page.waitForResponse(async (response) => response.url().endsWith("/v1/batch") && response.request().postData()?.includes('"handover"')).catch(() => {});
  await page.hover(`#${id}`);
  if (id === "listed") await word;
  const asked = page.waitForRequest((request) => request.isNavigationRequest());
  await page.click(`#${id}`);
  const url = new URL((await asked).url());
  await ready(page);
  return url;
}

test("what somebody did on one domain counts on the other, and the address says nothing of it", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${site.origin(ONE)}/here`);
  await ready(page);
  await page.click("button");
  await says(page, RUNNING_WEEK);
  const before = await idOn(page);
  const asked = await follow(page, "listed");
  assert.ok(asked.searchParams.get(LINK));
  await until("the address is clean", async () => page.url() === `${site.origin(TWO)}/there?size=42#top`);
  await says(page, RUNNING_WEEK);
  const there = await idOn(page);
  assert.notEqual(there, before);
  const [one, two] = await Promise.all([before, there].map((id) => edge.profile(`anonymous_id:${id}`)));
  assert.equal(one.profileId, two.profileId);
  assert.ok(!JSON.stringify(await edge.timeline(`anonymous_id:${there}`)).includes(LINK));
  await context.close();
});

test("links to other sites are left as they are, and so is what is copied from a page", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${site.origin(ONE)}/here`);
  await ready(page);
  await decided(page);
  assert.equal((await follow(page, "stranger")).search, "?size=42");
  await page.goBack();
  await ready(page);
  await decided(page);
  await page.evaluate(() => document.addEventListener("click", (event) => event.preventDefault()));
  const href = () => page.getAttribute("#listed", "href");
  const plain = await href();
  const word = page.waitForResponse((response) => response.request().postData()?.includes('"handover"'));
  await page.hover("#listed");
  await word;
  await page.click("#listed");
  await until("the link is as it was", async () => (await href()) === plain);
  await context.close();
});

test("with data-storage=\"none\" nothing is kept in the browser, and what is done on the page changes its offers", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  // A secure context: it has all that a browser can keep.
  await page.goto(`${site.origin("127.0.0.1")}/nothing`);
  await ready(page);
  assert.equal((await decided(page)).reason, "default");
  const id = await idOn(page);
  await page.click("button");
  await says(page, RUNNING_WEEK);
  await page.evaluate(() => selvedge.identify("cust-1", { tier: "gold" }));
  await page.evaluate(() => selvedge.consent({ analytics: true }));
  await page.evaluate(() => selvedge.decide());
  assert.equal(await idOn(page), id, "the same visitor, for as long as the page is open");
  const kept = () =>
    page.evaluate(async () => ({
      local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookie: document.cookie,
      databases: (await indexedDB.databases()).map(({ name }) => name), caches: await caches.keys(),
    }));
  const nothing = { local: [], session: [], cookie: "", databases: [], caches: [] };
  assert.deepEqual(await kept(), nothing);
  assert.deepEqual(await context.cookies(), [], "neither the tag's nor the edge's");
  // Also of what stood there before, nothing is read.
  await page.evaluate(() => {
    localStorage.setItem("selvedge_anonymous_id", "planted");
    document.cookie = "selvedge_anonymous_id=planted";
  });
  await page.reload();
  await ready(page);
  await decided(page);
  assert.ok(!["planted", id].includes(await idOn(page)));
  assert.equal(await page.locator("h2").innerText(), "own");
  await context.close();
});
