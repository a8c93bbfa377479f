// A browser that says "do not sell or share" (Global Privacy Control): the shop's own use of its data goes on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Shop } from "./shop.mjs";

const shop = new Shop();
before(() => shop.open());
after(() => shop.close());

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
