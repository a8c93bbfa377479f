// Where a visitor was, without a line of code in the shop.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Shop } from "./shop.mjs";

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
