// Visitors who leave in the middle, and an edge that is away: the shop goes on, and every event arrives once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../harness/edge.mjs";
import { ADA, DEFAULT_HERO, isNamed, RUNNING_SHOES, RUNNING_WEEK, Shop } from "./shop.mjs";

const shop = new Shop();
before(() => shop.open());
after(() => shop.close());

const addAnd = (visitor, leave) =>
  visitor.page.evaluate((leave) => {
    document.querySelector("[data-buy] [data-add-to-cart]").click();
    if (leave === "assign") location.assign("/help");
    if (leave === "link") document.querySelector('.footer a[href="/help#delivery"]').click();
  }, leave);

for (const [way, leave] of [["a script's navigation", "assign"], ["a link", "link"]]) {
  test(
    `what is added to the cart in the moment the page is left by ${way} arrives exactly once`,
    shop.story(async ({ enter }) => {
      const visitor = await enter();
      await visitor.page.goto(RUNNING_SHOES);
      await visitor.decidedHero();
      await addAnd(visitor, leave);
      await visitor.page.waitForURL("**/help*");
      await visitor.events("page", 2);
      await visitor.delivered();
      const [added] = await visitor.events("Product Added");
      assert.equal(added.context.page.path, RUNNING_SHOES);
      assert.equal(added.properties.category, "Running shoes");
    }),
  );
}

test(
  "what is added to the cart in a tab that is closed at once arrives exactly once",
  shop.story(async ({ enter }) => {
    const visitor = await enter();
    await visitor.page.goto(RUNNING_SHOES);
    await visitor.decidedHero();
    await addAnd(visitor, "close");
    await visitor.page.close();
    await visitor.openTab();
    await visitor.page.goto("/");
    assert.equal(await visitor.decidedHero(), RUNNING_WEEK);
    await visitor.delivered();
    await visitor.events("Product Added");
  }),
);

test(
  "what is added to the cart while the tag still loads counts, and the hero changes",
  shop.story(async ({ enter }) => {
    const visitor = await enter();
    const load = Promise.withResolvers();
    await visitor.page.route("**/tag/*.wasm", async (route) => {
      await load.promise;
      await route.continue();
    });
    await visitor.page.goto(RUNNING_SHOES);
    await visitor.addToCart();
    assert.equal(await visitor.heroTitle(), DEFAULT_HERO.inside);
    load.resolve();
    await visitor.heroSays(RUNNING_WEEK);
    await visitor.delivered();
    await visitor.events("Product Added");
  }),
);

/** A visit through the shop that must work with and without Selvedge. */
async function shopAround(visitor) {
  const { page } = visitor;
  await page.goto("/");
  assert.equal(await visitor.heroTitle(), DEFAULT_HERO.home);
  await visitor.follow(page.getByRole("link", { name: "Running shoes" }).first(), "/products");
  await visitor.follow(page.getByRole("heading", { name: "Skylark 4" }), RUNNING_SHOES);
  await visitor.addToCart();
  assert.equal(await page.locator("[data-cart-count]").innerText(), "1");
  assert.equal(await visitor.heroTitle(), DEFAULT_HERO.inside);
  await visitor.logIn(ADA);
  assert.equal(await visitor.heroTitle(), DEFAULT_HERO.inside);
  await visitor.logOut();
  await visitor.follow(page.getByRole("link", { name: /^Cart/ }), "/cart");
  await page.getByRole("heading", { name: "Skylark 4" }).waitFor();
}

test(
  "when the tag can't be loaded the shop works and shows its own content",
  shop.story(async ({ enter }) => {
    const visitor = await enter({ expected: /^error: Failed to load resource: net::ERR_FAILED .*\/tag\.js/ });
    await visitor.page.route("**/tag.js", (route) => route.abort());
    await shopAround(visitor);
    assert.equal(await visitor.page.evaluate(() => window.selvedge.version), undefined);
  }),
);

test(
  "when events can't be sent the shop works, and once they can they arrive, each once and in order",
  shop.story(async ({ enter }) => {
    const visitor = await enter({ expected: /^error: Failed to load resource: net::ERR_FAILED .*\/v1\/batch/ });
    const { page } = visitor;
    await page.route("**/v1/batch", (route) => route.abort());
    await shopAround(visitor);
    await page.goto(RUNNING_SHOES);
    await visitor.addToCart();
    assert.equal(await visitor.heroTitle(), DEFAULT_HERO.inside);
    await page.unroute("**/v1/batch");
    await visitor.heroSays(RUNNING_WEEK);
    await visitor.delivered();
    const here = ["page", "Product Viewed", "Product Added"];
    for (const name of here) {
      const events = await visitor.events(name, name === "page" ? 3 : 1);
      assert.equal(events.at(-1).context.page.path, RUNNING_SHOES);
    }
    const ada = (await visitor.edge.timeline(`user_id:${ADA.id}`)).reverse();
    const expected = ["page", "page", "Product Clicked", "page", "Product Added", "page", "identify", "page"];
    const order = ada.map((event) => expected.find((name) => isNamed(event, name))).filter(Boolean);
    assert.deepEqual(order, expected);
  }),
);
