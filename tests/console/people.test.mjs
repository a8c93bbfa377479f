// Finding somebody, and who is who: two devices become one person, and are taken apart again.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { shopConfig, until } from "../harness/edge.mjs";
import { Desk } from "./desk.mjs";

/** However much there is: what is more is a click away. */
const MOST_ELEMENTS = 4_000;

const RUNNING_WEEK = shopConfig()["offers/running-week.json"].name;

const desk = new Desk();
before(() => desk.open());
after(() => desk.close());

test(
  "nobody is inside without a key; a wrong one says so; a deep link survives signing in; signing out ends it",
  desk.story(async ({ sit }) => {
    const stranger = await sit({ key: "selvedge_wrong" });
    await stranger.page.goto("/console/health");
    await stranger.page.getByRole("heading", { name: "Sign in to Selvedge" }).waitFor();
    await stranger.look("sign-in");
    await stranger.page.getByLabel(/^Key/).fill(stranger.key);
    await stranger.page.getByRole("button", { name: "Sign in" }).click();
    await stranger.page.getByText("No key like this is known").waitFor();

    const admin = await sit();
    await admin.signIn("/console/health");
    await admin.heading("Health");
    await admin.page.getByRole("button", { name: /^Signed in as/ }).click();
    await admin.page.getByRole("menuitem", { name: "Sign out" }).click();
    await admin.page.getByRole("button", { name: "Sign in" }).waitFor();
    assert.equal((await admin.context.request.get("/v1/session")).status(), 401);
  }),
);

test(
  "before anybody was here the page says how people come",
  desk.story(async ({ sit }) => {
    const admin = await sit();
    await admin.signIn();
    await admin.page.getByText("Nobody was here yet").waitFor();
    await admin.look("people-empty");
  }),
);

test(
  "two devices that became one person are found by e-mail, shown all round, and taken apart again",
  desk.story(async ({ sit, edge }) => {
    const scored = shopConfig();
    scored["segments/eager.json"] = { id: "eager", name: "Eager", rule: { any: [{ score: { of: "eagerness", min: 0.5 } }] } };
    await edge.publish(scored);
    const { phone, laptop } = await desk.customer("cust-7");
    await edge.send({ writeKey: "demo-server", batch: [{ type: "identify", messageId: "scored", userId: "cust-7", traits: { eagerness: 0.8 } }] });
    const { decisions: [{ offer, placement, token }] } = await laptop.send([], ["hero"]);
    assert.equal(offer, "running-week");
    await laptop.send([{ type: "track", event: "Promotion Viewed", properties: { promotion_id: offer, position: placement, token } }]);
    const editor = await sit({ key: await desk.key("editor", "Eve") });
    const { page } = editor;
    await editor.signIn();
    await page.getByLabel("Identifier").fill("cust-7@example.com");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByRole("link", { name: "cust-7" }).waitFor();
    await editor.look("people-found");
    await page.getByRole("link", { name: "cust-7" }).click();
    await editor.heading("cust-7");
    const traits = page.getByRole("region", { name: "Traits" });
    await traits.getByRole("row", { name: /tier gold .*by shop/ }).waitFor();
    await page.getByRole("region", { name: "Cart and orders" }).getByText("Skylark 4").waitFor();
    await page.getByRole("region", { name: "Scores" }).getByRole("row", { name: "eagerness segments go by it 0.8" }).waitFor();
    await page.getByRole("region", { name: "Segments" }).getByText(shopConfig()["segments/running-shoes-in-cart.json"].name).first().waitFor();
    await page.getByRole("figure", { name: "4 identifiers of this person, 1 profile that joined" }).getByText(`anonymous_id: ${phone.anonymousId}`).waitFor();
    await editor.look("person");

    await page.getByRole("tab", { name: "Timeline" }).click();
    await page.getByRole("button", { name: /Product Added/ }).click();
    await page.getByRole("row", { name: "category Running shoes" }).waitFor();
    assert.deepEqual(await editor.violations(), []);
    await page.getByRole("button", { name: /Product Added/ }).click();
    await page.getByRole("combobox", { name: "Type" }).click();
    await page.getByRole("option", { name: "segment" }).click();
    const entered = page.getByRole("button", { name: `segment Entered ${shopConfig()["segments/loyal.json"].name}` });
    await entered.waitFor();
    await until("only segments are left", async () => (await page.getByRole("button", { name: /^page|Product Added/ }).count()) === 0);
    await editor.look("person-timeline-segments");
    await page.getByRole("combobox", { name: "Type" }).click();
    await page.getByRole("option", { name: "identify" }).click();
    const logins = page.getByRole("button", { name: /^identify/ });
    await until("only logins are left", async () => (await logins.count()) === 3 && (await page.getByRole("button", { name: /^page|Product Added/ }).count()) === 0);
    await editor.look("person-timeline");

    await page.getByRole("tab", { name: "Decisions" }).click();
    await page.getByRole("region", { name: "Offers they saw" }).getByRole("row", { name: `${RUNNING_WEEK} hero` }).waitFor();
    await page.getByRole("region", { name: "hero" }).getByRole("row", { name: `${RUNNING_WEEK} is shown` }).waitFor();
    await editor.look("person-decisions");
    await page.getByRole("button", { name: `Why ${RUNNING_WEEK}` }).click();
    await page.getByRole("region", { name: "What is on record of it" }).getByText(new RegExp(`^“${RUNNING_WEEK}” was decided .*, by version \\d+ of the config\\.$`)).waitFor();
    await page.getByText("What they would have seen then, and why").waitFor();
    await page.getByRole("region", { name: "hero" }).getByRole("row", { name: `${RUNNING_WEEK} is shown` }).waitFor();

    await page.getByRole("tab", { name: "Identity" }).click();
    await page.getByRole("region", { name: "Joined" }).getByText(/somebody known since .* joined/).waitFor();
    await editor.look("person-identity");
    await page.getByRole("button", { name: "Take apart…" }).click();
    const dialog = editor.dialog("Take them apart");
    await dialog.getByRole("heading", { name: "Now: one person" }).waitFor();
    await dialog.getByRole("heading", { name: "Then: 2 people" }).waitFor();
    await editor.look("unmerge");
    assert.equal((await edge.profile(`anonymous_id:${laptop.anonymousId}`)).merges.length, 1, "nothing has changed yet");
    await dialog.getByRole("button", { name: "Take them apart" }).click();
    await page.getByText("They are two people now").waitFor();
    const idOf = async (device) => (await edge.profile(`anonymous_id:${device.anonymousId}`)).profileId;
    await until("they are two", async () => (await idOf(phone)) !== (await idOf(laptop)));
    await page.reload();
    await page.getByRole("tab", { name: "Identity" }).click();
    await page.getByRole("region", { name: "Parted for good" }).waitFor();
    // The link that was refused stands on whoever asked for it.
    await page.goto("/console/people/user_id:cust-7-2");
    await page.getByRole("tab", { name: "Identity" }).click();
    await page.getByRole("region", { name: "Refused links" }).getByRole("row", { name: /a person has only one. unique:user_id/ }).waitFor();
  }),
);

test(
  "two people are merged by hand, once what would be was shown; all there is of them is exported; and they are erased, with a receipt",
  desk.story(async ({ sit, edge }) => {
    for (const userId of ["cust-8", "cust-9"]) await edge.send({ writeKey: "demo-server", batch: [{ type: "identify", messageId: userId, userId, traits: { n: userId } }] });
    const admin = await sit();
    const { page } = admin;
    await admin.signIn("/console/people/user_id:cust-8");
    await admin.heading("cust-8");
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Merge with somebody…" }).click();
    const merge = admin.dialog("Merge with somebody");
    await merge.getByLabel("The other one").fill("user_id:cust-9");
    await merge.getByRole("button", { name: "Show what would be" }).click();
    await merge.getByRole("heading", { name: "Now: 2 people" }).waitFor();
    await merge.getByRole("heading", { name: "Then: one person" }).waitFor();
    await admin.look("merge");
    await merge.getByRole("button", { name: "Merge them" }).click();
    await page.getByText("They are one person now").waitFor();
    const { profileId } = await until("they are one", async () => {
      const [one, other] = [await edge.profile("user_id:cust-8"), await edge.profile("user_id:cust-9")];
      return one.profileId === other.profileId && one;
    });

    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export" }).click()]);
    const exported = JSON.parse(readFileSync(await download.path(), "utf8"));
    assert.equal(exported.profile.profileId, profileId);
    assert.deepEqual(exported.events.map(({ userId }) => userId).sort(), ["cust-8", "cust-9"]);

    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Erase…" }).click();
    const erase = admin.dialog("Erase this person");
    await erase.getByRole("heading", { name: "Now: one person" }).waitFor();
    await admin.look("erase");
    assert.ok(await erase.getByRole("button", { name: "Erase" }).isDisabled());
    await erase.getByLabel("Keep them out from now on").check();
    await erase.getByLabel("Erase this person for good").check();
    await erase.getByRole("button", { name: "Erase" }).click();
    const receipt = admin.dialog("Erased");
    await receipt.getByText(/^admin-/).waitFor();
    await receipt.getByRole("row", { name: "Kept out from then on Yes" }).waitFor();
    await admin.look("receipt");
    await receipt.getByRole("button", { name: "Close", exact: true }).last().click();
    await admin.heading("Erased");
    assert.equal((await edge.admin(`/v1/profiles/id:${profileId}`)).status, 410);
  }),
);

test(
  "of somebody with ten thousand events the page shows some at a time, and stays small; who comes back to it asks for none of them anew",
  desk.story(async ({ sit, edge, t }) => {
    const track = (n) => ({ type: "track", event: `Event ${n % 7}`, messageId: `busy-${n}`, userId: "busy" });
    for (let n = 0; n < 10_000; n += 500) assert.equal((await edge.send({ writeKey: "demo-server", batch: Array.from({ length: 500 }, (_, more) => track(n + more)) })).status, 200);
    const viewer = await sit({ key: await desk.key("viewer", "Vic") });
    const { page } = viewer;
    // The clock of the page is moved: what it knows is old.
    await page.clock.install();
    await viewer.signIn("/console/people/user_id:busy");
    await page.getByText("10,000 events").waitFor();
    await page.getByRole("tab", { name: "Timeline" }).click();
    const events = page.getByRole("button", { name: /^track/ });
    await until("the newest events", async () => (await events.count()) === 50);
    await page.getByRole("button", { name: "Show older ones" }).click();
    await until("older ones", async () => (await events.count()) === 100);
    const count = await page.evaluate(() => document.querySelectorAll("*").length);
    t.diagnostic(`${count} elements: a timeline of 10,000`);
    assert.ok(count < MOST_ELEMENTS, `${count} elements`);
    await page.clock.fastForward(60_000);
    const { requests } = await viewer.cost(async () => {
      const asked = page.waitForRequest("**/v1/config");
      await page.evaluate(() => window.dispatchEvent(new Event("visibilitychange")));
      await asked;
    });
    assert.ok(requests.filter((path) => path.startsWith("/v1/profiles/")).length <= 1, `${requests}`);
  }),
);

test(
  "by the keyboard alone: past the menu, to another page and on in what it shows; times are those of whoever looks",
  desk.story(async ({ sit, edge }) => {
    await edge.send({ writeKey: "demo-server", batch: [{ type: "identify", messageId: "abroad", userId: "abroad", timestamp: "2026-01-15T23:30:00Z", traits: {} }] });
    for (const [timezoneId, clock] of [["Europe/Berlin", /16 Jan 2026, 00:30/], ["America/New_York", /15 Jan 2026, 18:30/]]) {
      const viewer = await sit({ timezoneId });
      const { page } = viewer;
      await viewer.signIn("/console/people/user_id:abroad");
      const time = page.locator('time[datetime^="2026-01-15T23:30:00"]').first();
      assert.match(await time.innerText(), clock);
      assert.match(await time.getAttribute("title"), clock.source.includes("16") ? /CET|GMT\+1/ : /EST|GMT-5/);
    }
    const editor = await sit({ key: await desk.key("editor", "Eve") });
    const { page } = editor;
    await editor.signIn("/console/people");
    await page.reload();
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
    const focused = page.locator(":focus");
    await page.keyboard.press("Tab");
    assert.equal(await focused.innerText(), "Skip to the page");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    assert.equal(await focused.getAttribute("placeholder"), "ada@example.com");
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Audiences" }).focus();
    await page.keyboard.press("Enter");
    await editor.heading("Audiences");
    await page.getByRole("button", { name: "New audience" }).waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await focused.innerText(), "New audience");
    await page.keyboard.press("Enter");
    await editor.dialog("New audience").getByLabel("Name").and(focused).waitFor();
    await page.keyboard.type("By hand");
    await page.keyboard.press("Enter");
    await editor.heading("By hand");
    page.on("dialog", (dialog) => dialog.accept());
  }),
);
