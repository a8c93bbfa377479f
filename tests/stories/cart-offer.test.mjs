// The product in one visit: what a visitor does changes what they see at once, and follows them to their other browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../harness/edge.mjs";
import { ADA, DEFAULT_HERO, PHONE, RUNNING_WEEK, Shop } from "./shop.mjs";

let shop;
before(async () => (shop = await Shop.open()));
after(() => shop.close());
const story = (tell) => (t) => shop.story(tell)(t);

test(
  "a visitor puts running shoes into the cart and the hero changes within a second, without a reload; " +
    "another browser that logs in as the same customer sees that offer on its first page",
  story(async ({ enter, t }) => {
    const visitor = await enter();
    await visitor.page.goto("/");
    assert.equal(await visitor.decidedHero(), DEFAULT_HERO.home);
    await visitor.page.getByRole("link", { name: "Running shoes" }).first().click();
    await visitor.page.getByRole("heading", { name: "Skylark 4" }).click();
    await visitor.page.waitForURL("**/products/skylark-4");
    assert.equal(await visitor.decidedHero(), DEFAULT_HERO.inside);
    await visitor.screenshot("hero-before");
    await visitor.screenshot("hero-before-phone", { size: PHONE });

    await visitor.timeHero(RUNNING_WEEK);
    await visitor.addToCart();
    const ms = await until("the hero shows the offer", () => visitor.page.evaluate(() => window.heroChangedAfter));
    t.diagnostic(`click → hero changed: ${Math.round(ms)} ms`);
    assert.ok(ms <= 1000, `the hero changed after ${ms} ms`);
    assert.ok(await visitor.page.evaluate(() => window.notReloaded));
    assert.equal(await visitor.heroTitle(), RUNNING_WEEK);
    assert.ok(await visitor.hero.getByRole("link", { name: "See the socks" }).isVisible());
    await visitor.screenshot("hero-after");
    await visitor.screenshot("hero-after-phone", { size: PHONE });
    await visitor.logIn(ADA);
    assert.equal(await visitor.decidedHero(), RUNNING_WEEK);

    const elsewhere = await enter();
    await elsewhere.page.goto("/");
    assert.equal(await elsewhere.decidedHero(), DEFAULT_HERO.home);
    await elsewhere.logIn(ADA);
    assert.equal(await elsewhere.decidedHero(), RUNNING_WEEK);
    assert.notEqual(await elsewhere.anonymousId(), await visitor.anonymousId());
  }),
);
