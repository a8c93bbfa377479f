// Two people at one browser, one after the other.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADA, BEN, DEFAULT_HERO, RUNNING_WEEK, Shop } from "./shop.mjs";

const shop = new Shop();
before(() => shop.open());
after(() => shop.close());

const anonymousIds = (profile) =>
  profile.identifiers.filter((id) => id.namespace === "anonymous_id").map((id) => id.value);

test(
  "after a log-out the next page shows nothing of the customer, and the next customer is another person",
  shop.story(async ({ enter, edge }) => {
    const visitor = await enter();
    await visitor.earnRunningWeek();
    await visitor.logIn(ADA);
    assert.equal(await visitor.decidedHero(), RUNNING_WEEK);
    const first = await visitor.anonymousId();

    await visitor.logOut();
    assert.equal(await visitor.decidedHero(), DEFAULT_HERO.home);
    const second = await visitor.anonymousId();
    assert.notEqual(second, first);

    await visitor.logIn(BEN);
    assert.equal(await visitor.decidedHero(), DEFAULT_HERO.inside);
    assert.equal(await visitor.anonymousId(), second);
    await visitor.delivered();
    const [ada, ben] = [await edge.profile(`user_id:${ADA.id}`), await edge.profile(`user_id:${BEN.id}`)];
    assert.notEqual(ada.profileId, ben.profileId);
    assert.deepEqual(anonymousIds(ada), [first]);
    assert.deepEqual(anonymousIds(ben), [second]);
    assert.deepEqual([ada.traits.tier, ben.traits.tier], ["gold", "silver"]);
    assert.deepEqual([...ada.refusals, ...ben.refusals, ...ada.merges, ...ben.merges], []);
    assert.ok(ben.timeline.events.every((event) => event.anonymousId === second));
    assert.ok(ada.timeline.events.every((event) => event.anonymousId === first));
  }),
);
