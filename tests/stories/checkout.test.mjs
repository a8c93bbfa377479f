// Buying: reported once, and it ends the offer that led to it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DEFAULT_HERO, Shop } from "./shop.mjs";

const shop = new Shop();
before(() => shop.open());
after(() => shop.close());

async function buy(visitor) {
  const { page } = visitor;
  await visitor.follow(page.getByRole("link", { name: /^Cart/ }), "/cart");
  await visitor.follow(page.getByRole("link", { name: "Go to checkout" }), "/checkout");
  await page.getByLabel("Name").fill("Robin Hale");
  await page.getByLabel("E-mail").fill("robin@larkfell.example");
  await page.getByLabel("Street and number").fill("3 Low Road");
  await page.getByLabel("Postcode").fill("LA23 1AB");
  await page.getByLabel("Town or city").fill("Hawsdale");
  await visitor.follow(page.getByRole("button", { name: "Place order" }), "/thanks");
}

test(
  "an order is completed once, also when the thank-you page is reloaded, and the offer for the cart is gone",
  shop.story(async ({ enter, edge }) => {
    const visitor = await enter();
    await visitor.earnRunningWeek();
    await buy(visitor);
    const [order] = await visitor.events("Order Completed");
    assert.match(await visitor.page.locator("[data-order-note]").innerText(), new RegExp(order.properties.order_id));
    assert.equal(order.properties.total, 139);
    assert.deepEqual(order.properties.products.map((product) => product.category), ["Running shoes"]);

    await visitor.page.reload();
    await visitor.events("page", 5);
    await visitor.delivered();
    await visitor.events("Order Completed");
    await visitor.follow(visitor.page.getByRole("link", { name: "Larkfell, home" }), "/");
    assert.equal(await visitor.decidedHero(), DEFAULT_HERO.home);
    const profile = await edge.profile(`anonymous_id:${await visitor.anonymousId()}`);
    assert.equal(profile.computed.orders, 1);
    assert.deepEqual(profile.segments, []);
  }),
);
