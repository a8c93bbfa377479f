// The product in one visit: what a visitor does changes what they see at once, and follows them to their other browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../harness/edge.mjs";
import { ADA, DEFAULT_HERO, PHONE, RUNNING_SHOES, RUNNING_WEEK, Shop } from "./shop.mjs";

const shop = new Shop();
before(() => shop.open());
after(() => shop.close());

async function browseToTheShoes(visitor) {
  await visitor.page.goto("/");
  assert.equal(await visitor.decidedHero(), DEFAULT_HERO.home);
  await visitor.screenshot("shop-home");
  await visitor.screenshot("shop-home-phone", PHONE);
  await visitor.follow(visitor.page.getByRole("link", { name: "Running shoes" }).first(), "/products");
  assert.equal(await visitor.decidedHero(), DEFAULT_HERO.inside);
  await visitor.follow(visitor.page.getByRole("heading", { name: "Skylark 4" }), RUNNING_SHOES);
  assert.equal(await visitor.decidedHero(), DEFAULT_HERO.inside);
  await visitor.screenshot("hero-before");
  await visitor.screenshot("hero-before-phone", PHONE);
}

/** Milliseconds from the click to the first frame with the offer, measured in the page. */
async function addAndWatch(visitor) {
  await visitor.timeHero(RUNNING_WEEK);
  await visitor.addToCart();
  const ms = await until("the hero shows the offer", () => visitor.page.evaluate(() => window.heroChangedAfter));
  assert.ok(await visitor.page.evaluate(() => window.notReloaded));
  assert.equal(await visitor.heroTitle(), RUNNING_WEEK);
  assert.ok(await visitor.hero.getByRole("link", { name: "See the socks" }).isVisible());
  await visitor.screenshot("hero-after");
  await visitor.screenshot("shop-live-offer");
  await visitor.screenshot("hero-after-phone", PHONE);
  return ms;
}

test(
  "a visitor puts running shoes into the cart and the hero changes within a second, without a reload; logs in; " +
    "another browser that logs in as the same customer sees that offer on its first page",
  shop.story(async ({ enter, t }) => {
    const visitor = await enter();
    await browseToTheShoes(visitor);
    const ms = await addAndWatch(visitor);
    t.diagnostic(`from the click to the changed hero: ${Math.round(ms)} ms`);
    assert.ok(ms <= 1000, `${ms} ms`);
    await visitor.logIn(ADA);
    assert.equal(await visitor.decidedHero(), RUNNING_WEEK);

    const elsewhere = await enter();
    await elsewhere.page.goto("/");
    assert.equal(await elsewhere.decidedHero(), DEFAULT_HERO.home);
    assert.notEqual(await elsewhere.anonymousId(), await visitor.anonymousId());
    await elsewhere.logIn(ADA);
    assert.equal(await elsewhere.decidedHero(), RUNNING_WEEK);
  }),
);

test(
  "an identify without a token in a third browser neither changes that customer's profile nor shows the offer",
  shop.story(async ({ enter, edge }) => {
    const customer = await enter();
    await customer.earnRunningWeek();
    await customer.logIn(ADA);
    // The page's last event: after it, and with an empty queue, this browser has nothing more to say.
    const seenHere = (event) => event.event === "Promotion Viewed" && event.context.page.path === "/account";
    const seen = () => edge.timeline(`user_id:${ADA.id}`).then((events) => events.filter(seenHere).length);
    const before = await seen();
    await until("the offer on the account page is counted", async () => (await seen()) > before, { within: 5000 });
    await customer.delivered();
    const profile = await edge.profile(`user_id:${ADA.id}`, "?limit=500");

    const stranger = await enter();
    await stranger.page.goto("/");
    assert.equal(await stranger.decidedHero(), DEFAULT_HERO.home);
    await stranger.page.evaluate(() => selvedge.identify("cust-1001", { tier: "gold" }));
    await stranger.delivered();
    assert.equal(await stranger.heroTitle(), DEFAULT_HERO.home);
    await stranger.page.goto(RUNNING_SHOES);
    assert.equal(await stranger.decidedHero(), DEFAULT_HERO.inside);
    const own = await edge.profile(`anonymous_id:${await stranger.anonymousId()}`);
    assert.deepEqual(own.claimed.map((claim) => claim.value), [ADA.id]);
    assert.deepEqual(own.traits, {});
    assert.deepEqual(await edge.profile(`user_id:${ADA.id}`, "?limit=500"), profile);
  }),
);
