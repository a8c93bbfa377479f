// The three ways to put the edge beside a site, on host names of their own, in browsers that block third-party cookies: on a path of
// the site, on a subdomain of it, and on another site.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge, shopConfig, until } from "../harness/edge.mjs";
import { RUNNING_WEEK } from "./shop.mjs";
import { Site, browser as launched } from "./site.mjs";

const PAGE = (script) => `<!doctype html><title>Shoe</title>
  <div data-selvedge-placement="hero"><h2>own</h2></div>
  <button data-selvedge-event="Product Added" data-selvedge-product-id="p7" data-selvedge-category="Running shoes">Add</button>
  <script async data-write-key="demo" ${script}></script>`;

let edge;
let browser;
let site;

const modes = {
  path: { where: "on a path of the site", script: () => 'src="/s/tag.js"' },
  subdomain: {
    where: "on a subdomain",
    script: () => `src="http://edge.larkfell.test:${edge.port}/tag.js" data-credentials="include"`,
  },
  elsewhere: {
    where: "on another site",
    script: () => `src="http://edge.selvedge.test:${edge.port}/tag.js" data-device="token"`,
  },
};

before(async () => {
  edge = await Edge.start({ config: false });
  site = await Site.start(edge, Object.fromEntries(Object.entries(modes).map(([mode, { script }]) => [`/${mode}`, PAGE(script())])));
  const files = shopConfig();
  files["sources.json"].sources[0].origins = [site.origin("www.larkfell.test")];
  await edge.publish(files);
  browser = await launched(site.origin("www.larkfell.test"));
});
after(async () => {
  await browser.close();
  site.close();
  await edge.close();
});

/** Where the device cookie stands. */
const COOKIES = { path: ["www.larkfell.test"], subdomain: ["edge.larkfell.test"], elsewhere: [] };

class Guest {
  static async enter(mode) {
    const guest = new Guest();
    guest.context = await browser.newContext();
    guest.url = `${site.origin("www.larkfell.test")}/${mode}`;
    return guest;
  }

  async open() {
    const page = await this.context.newPage();
    await page.goto(this.url);
    // As a site that is served over TLS has it: tabs agree by Web Locks.
    assert.ok(await page.evaluate("isSecureContext && 'locks' in navigator"));
    return page;
  }
}

const says = (page, title) =>
  until(`the hero says “${title}”`, async () => (await page.locator("h2").innerText()) === title, { within: 10_000 });
const decided = (page) => page.evaluate(() => new Promise((known) => selvedge.onDecision("hero", known)));
const ready = (page) => page.waitForFunction("window.selvedge?.status === 'ready'");
const added = async (page) => {
  const id = await page.evaluate("selvedge.user().anonymousId()");
  await until("a profile", () => edge.profile(`anonymous_id:${id}`));
  return (await edge.timeline(`anonymous_id:${id}`)).filter((event) => event.event === "Product Added");
};

for (const [mode, { where }] of Object.entries(modes)) {
  test(`with the edge ${where}: what goes into the cart changes the hero, also on the next page, until a reset`, async () => {
    const guest = await Guest.enter(mode);
    const page = await guest.open();
    await ready(page);
    assert.equal((await decided(page)).reason, "default");
    await page.click("button");
    await says(page, RUNNING_WEEK);
    await page.reload();
    await says(page, RUNNING_WEEK);
    assert.equal((await added(page)).length, 1);
    const before = await page.evaluate("selvedge.user().anonymousId()");
    await page.evaluate(() => selvedge.reset());
    assert.equal(await page.locator("h2").innerText(), "own");
    assert.equal((await decided(page)).reason, "default");
    assert.notEqual(await page.evaluate("selvedge.user().anonymousId()"), before);
    await page.reload();
    await ready(page);
    assert.equal((await decided(page)).reason, "default");
    const cookies = (await guest.context.cookies()).filter(({ httpOnly }) => httpOnly).map(({ domain }) => domain.replace(/^\./, ""));
    assert.deepEqual(cookies, COOKIES[mode], "who may set the device cookie has, and nobody else");
    await guest.context.close();
  });

  test(`with the edge ${where}: a first visit while the edge can't be reached is made up for`, async () => {
    const guest = await Guest.enter(mode);
    await guest.context.route("**/v1/batch", (route) => route.abort());
    const page = await guest.open();
    await ready(page);
    await page.click("button");
    assert.equal(await page.locator("h2").innerText(), "own");
    await guest.context.unroute("**/v1/batch");
    await says(page, RUNNING_WEEK);
    assert.equal((await added(page)).length, 1);
    await guest.context.close();
  });

  test(`with the edge ${where}: two tabs on the first visit are one visitor`, async () => {
    const guest = await Guest.enter(mode);
    const [one, two] = await Promise.all([guest.open(), guest.open()]);
    await Promise.all([ready(one), ready(two)]);
    await Promise.all([decided(one), decided(two)]);
    await one.click("button");
    await says(one, RUNNING_WEEK);
    await two.evaluate(() => selvedge.decide());
    await says(two, RUNNING_WEEK);
    assert.equal(...(await Promise.all([one, two].map((page) => page.evaluate("selvedge.user().anonymousId()")))));
    await guest.context.close();
  });
}

test("who comes back to a browser that has forgotten what scripts had kept is shown what was theirs", async () => {
  const guest = await Guest.enter("path");
  const page = await guest.open();
  await ready(page);
  await page.click("button");
  await says(page, RUNNING_WEEK);
  const before = await page.evaluate("selvedge.user().anonymousId()");
  // As Safari does after a week: what a script has written goes, the edge's own cookie stays.
  await page.goto(`${site.origin("www.larkfell.test")}/s/tag.js`);
  await page.evaluate("localStorage.clear()");
  await guest.context.clearCookies({ name: "selvedge_anonymous_id" });
  await page.goto(guest.url);
  await says(page, RUNNING_WEEK);
  const now = await page.evaluate("selvedge.user().anonymousId()");
  assert.notEqual(now, before);
  const [first, second] = await Promise.all([before, now].map((id) => edge.profile(`anonymous_id:${id}`)));
  assert.equal(first.profileId, second.profileId);
  await guest.context.close();
});

test("two tabs whose first requests are answered at the same time are one visitor", async () => {
  const guest = await Guest.enter("path");
  const both = Promise.withResolvers();
  let answered = 0;
  site.way = (_, path) => {
    if (path !== "/v1/batch" || answered > 1) return {};
    if (++answered === 2) both.resolve();
    return { before: both.promise };
  };
  const [one, two] = await Promise.all([guest.open(), guest.open()]);
  await Promise.all([decided(one), decided(two)]);
  await one.click("button");
  await says(one, RUNNING_WEEK);
  await two.evaluate(() => selvedge.decide());
  await says(two, RUNNING_WEEK);
  const id = await two.evaluate("selvedge.user().anonymousId()");
  const did = (await edge.timeline(`anonymous_id:${id}`)).map(({ type, event }) => event ?? type);
  assert.deepEqual(did.sort(), ["Product Added", "page", "page"]);
  await guest.context.close();
});
