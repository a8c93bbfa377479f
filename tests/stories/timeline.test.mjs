// What a visit leaves on the timeline: page views, offers that were seen and clicked, also under Global Privacy Control.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { shopConfig } from "../harness/edge.mjs";
import { RUNNING_SHOES, RUNNING_WEEK, Shop } from "./shop.mjs";

const shop = new Shop();
before(() => shop.open());
after(() => shop.close());

const HOME = "Larkfell · Running and hill shop";

test(
  "the first load, a move within the page, the way back and the next page are page views with title, path, referrer and campaign",
  shop.story(async ({ enter, edge }) => {
    const visitor = await enter();
    const { page } = visitor;
    await page.goto("/?utm_source=newsletter&utm_campaign=spring");
    await visitor.events("page", 1);
    const landing = page.url();
    await page.evaluate(() => {
      const home = document.title;
      addEventListener("popstate", () => (document.title = home));
      history.pushState({}, "", "/products?category=jackets");
      document.title = "Jackets";
    });
    const inPlace = page.url();
    await visitor.events("page", 2);
    await page.goBack();
    await visitor.events("page", 3);
    await visitor.follow(page.getByRole("link", { name: "All products" }), "/products");

    const views = await visitor.events("page", 4);
    assert.deepEqual(
      views.map(({ properties: { title, path, referrer } }) => ({ title, path, referrer })),
      [
        { title: HOME, path: "/", referrer: "" },
        { title: "Jackets", path: "/products", referrer: landing },
        { title: HOME, path: "/", referrer: inPlace },
        { title: "All products · Larkfell", path: "/products", referrer: landing },
      ],
    );
    for (const view of views) assert.deepEqual(view.properties, view.context.page);
    assert.deepEqual(views[0].context.campaign, { source: "newsletter", name: "spring" });
    assert.equal(views[1].context.campaign, undefined);
    assert.equal(views[1].properties.url, new URL("/products?category=jackets", edge.url).href);
  }),
);

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

test(
  "with Global Privacy Control the visit is recorded and decisions are made",
  shop.story(async ({ enter, edge }) => {
    const visitor = await enter({ extraHTTPHeaders: { "Sec-GPC": "1" } });
    await visitor.context.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
    await visitor.earnRunningWeek();
    await visitor.events("page");
    await visitor.events("Product Added");
    const profile = await edge.profile(`anonymous_id:${await visitor.anonymousId()}`);
    assert.deepEqual(profile.segments.map((segment) => segment.id), ["running-shoes-in-cart"]);
  }),
);

test(
  "what the config says happens on the shop's pages happens there, on a first visit too",
  shop.story(async ({ enter, edge }) => {
    const files = shopConfig();
    Object.assign(files["sources.json"].sources[0], {
      mapping: [
        { on: "view", selector: "h1", pages: "/products/*", event: "Title Seen", properties: { title: {} } },
        { selector: "[data-add-to-cart]", event: "Button Pressed", properties: { id: { attribute: "data-add-to-cart" }, where: { value: "shop" } } },
      ],
    });
    await edge.publish(files);
    const visitor = await enter();
    await visitor.page.goto(RUNNING_SHOES);
    const [seen] = await visitor.events("Title Seen");
    assert.equal(seen.properties.title, await visitor.page.locator("h1").innerText());
    assert.equal(seen.context.page.path, RUNNING_SHOES);
    await visitor.addToCart();
    const [pressed] = await visitor.events("Button Pressed");
    const id = await visitor.page.locator("[data-buy] [data-add-to-cart]").getAttribute("data-add-to-cart");
    assert.deepEqual(pressed.properties, { id, where: "shop" });
  }),
);
