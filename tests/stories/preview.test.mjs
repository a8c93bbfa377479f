// A link shows the real page as a draft has it: to whoever opened it, until they leave or it ends, and what they see counts nowhere.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { shopConfig, until } from "../harness/edge.mjs";
import { DEFAULT_HERO, Shop, isNamed } from "./shop.mjs";

const shop = new Shop();
before(() => shop.open());
after(() => shop.close());

const TITLE = "Only for your eyes";

async function linkOf(edge, ms) {
  const content = { type: "html", html: `<h2>${TITLE}</h2>` };
  const files = { ...shopConfig(), "offers/draft.json": { id: "draft", name: "Draft", placement: "hero", priority: 1000, content } };
  const until = new Date(Date.now() + ms).toISOString();
  const response = await edge.admin("/v1/drafts", { method: "POST", body: JSON.stringify({ files, until }) });
  assert.equal(response.status, 200);
  const { token } = await response.json();
  return `/?selvedge_preview=${token}`;
}

const bar = (visitor) => visitor.page.locator("selvedge-preview");

test("the draft is on the real page, and on the next ones of this tab; leaving gives what is published back; nothing of it was counted",
  shop.story(async ({ enter, edge }) => {
    const [marketer, other] = [await enter(), await enter()];
    await marketer.page.goto(await linkOf(edge, 3_600_000));
    await marketer.heroSays(TITLE);
    await bar(marketer).getByText(/^Preview, ends \d/).waitFor();
    assert.ok(!marketer.page.url().includes("selvedge_preview"), "the address can be passed on");
    await marketer.screenshot("preview");
    await marketer.follow(marketer.page.getByRole("link", { name: "Running shoes" }).first(), "/products");
    await marketer.heroSays(TITLE);
    await other.page.goto("/");
    assert.equal(await other.decidedHero(), DEFAULT_HERO.home);
    // Half in view for a second, and clicked.
    await marketer.hero.locator("h2").click();
    await marketer.page.evaluate(() => new Promise((done) => setTimeout(done, 1500)));
    await bar(marketer).getByRole("button", { name: "Leave" }).click();
    await marketer.heroSays(DEFAULT_HERO.inside);
    await marketer.page.reload();
    assert.equal(await marketer.decidedHero(), DEFAULT_HERO.inside);
    assert.equal(await bar(marketer).count(), 0);
    await marketer.delivered();
    const timeline = await edge.timeline(`anonymous_id:${await marketer.anonymousId()}`);
    assert.ok(timeline.some((event) => isNamed(event, "page")));
    assert.ok(!timeline.some(({ event }) => /^Promotion/.test(event ?? "")), "no impression and no click");
    assert.ok(!JSON.stringify(timeline).includes("selvedge_preview"), "no event carries the token on");
  }));

test("when it ends, the page shows what is published, and says so; whoever opens the link later is told, too",
  shop.story(async ({ enter, edge }) => {
    const marketer = await enter();
    // The page's clock goes on in a moment by what nobody waits for.
    await marketer.page.clock.install();
    await marketer.page.goto(await linkOf(edge, 3_600_000));
    await marketer.heroSays(TITLE);
    await marketer.page.clock.fastForward(3_600_000);
    await bar(marketer).getByText("The preview has ended").waitFor();
    await marketer.heroSays(DEFAULT_HERO.home);
    const late = await enter();
    const link = await linkOf(edge, 1000);
    const made = Date.now();
    await until("the link has ended", () => Date.now() > made + 1000);
    await late.page.goto(link);
    assert.equal(await late.decidedHero(), DEFAULT_HERO.home);
    await until("it says that it is over", () => bar(late).getByText("The preview has ended").isVisible());
  }));
