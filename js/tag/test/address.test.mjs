// What stands in a page's address says nothing of who the visitor is: a link can be sent to anybody.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";

test("no parameter of the address identifies the visitor, or gives them an anonymous id or traits", () =>
  visit(async ({ sink, page }) => {
    const planted = "6f2c1f0e-0000-4000-8000-000000000000";
    await page.goto(`${sink.url}/?ajs_uid=victim&ajs_aid=${planted}&ajs_trait_tier=gold&ajs_event=Bought&ajs_prop_total=1&user_id=victim&anonymousId=${planted}`);
    await sink.until(() => sink.named("page").length);
    const [event, ...others] = sink.events;
    assert.deepEqual(others, []);
    assert.equal(event.userId, undefined);
    assert.notEqual(event.anonymousId, planted);
    assert.deepEqual(await page.evaluate(() => [selvedge.user().id(), selvedge.user().traits()]), [null, {}]);
  }));
