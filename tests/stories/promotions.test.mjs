// What becomes of an offer: who saw it and who took it up.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RUNNING_SHOES, RUNNING_WEEK, Shop } from "./shop.mjs";

const shop = new Shop();
before(() => shop.open());
after(() => shop.close());

test(
  "an offer that was in view and one that was clicked come back with the offer's id and its placement",
  shop.story(async ({ enter }) => {
    const visitor = await enter();
    await visitor.earnRunningWeek();
    const [viewed] = await visitor.events("Promotion Viewed");
    const socks = "/products/merino-run-sock";
    await visitor.follow(visitor.hero.getByRole("link", { name: "See the socks" }), socks);
    assert.equal(await visitor.decidedHero(), RUNNING_WEEK);
    const [clicked] = await visitor.events("Promotion Clicked");
    for (const event of [viewed, clicked]) {
      assert.equal(event.properties.promotion_id, "running-week");
      assert.equal(event.properties.position, "hero");
      assert.match(event.properties.token, /^[\w-]+\.[\w-]+$/);
      assert.equal(event.context.page.path, RUNNING_SHOES);
    }
    const [, again] = await visitor.events("Promotion Viewed", 2);
    assert.equal(again.context.page.path, socks);
  }),
);

test(
  "the shop's own content is no promotion",
  shop.story(async ({ enter }) => {
    const visitor = await enter();
    await visitor.page.goto(RUNNING_SHOES);
    await visitor.decidedHero();
    await visitor.follow(visitor.hero.getByRole("link", { name: "How it works" }), "/help");
    await visitor.events("page", 2);
    await visitor.delivered();
    await visitor.events("Promotion Viewed", 0);
    await visitor.events("Promotion Clicked", 0);
  }),
);
