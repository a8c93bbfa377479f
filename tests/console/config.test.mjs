// Sources, the history of what was published, the way back, and two people who write at the same time.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { shopConfig } from "../harness/edge.mjs";
import { Desk, published } from "./desk.mjs";

const desk = new Desk();
before(() => desk.open());
after(() => desk.close());

const named = (name) => {
  const files = shopConfig();
  files["segments/loyal.json"].name = name;
  return files;
};
/** Puts another name into the segment that is open in the editor. */
async function rename(person, name) {
  const editor = person.page.getByRole("textbox", { name: "segments/loyal.json" });
  await editor.waitFor();
  const files = named(name);
  await editor.press("ControlOrMeta+a");
  await person.page.keyboard.insertText(JSON.stringify(files["segments/loyal.json"]));
}

async function publish({ page }) {
  await page.getByRole("button", { name: "Check and publish…" }).click();
  await page.getByRole("dialog", { name: "Publish" }).getByRole("button", { name: "Publish" }).click();
  await page.getByText(/Version \d+ is published/).last().waitFor();
}

async function edit(person, name) {
  await person.page.getByRole("link", { name: "Edit" }).click();
  await person.page.getByRole("navigation", { name: "Files" }).getByRole("button", { name: /loyal/ }).click();
  await rename(person, name);
}

test(
  "a source waits for its first event, and turns green when it comes; a wrong key is pointed out",
  desk.story(async ({ sit, edge }) => {
    const viewer = await sit({ key: await desk.key("viewer", "Vic") });
    const { page } = viewer;
    await viewer.signIn("/console/sources");
    const shop = page.getByRole("region", { name: "Shop website" });
    await shop.getByText("Waiting for your first event…").waitFor();
    const { origin } = new URL(edge.url);
    await shop.getByText(`<script async src="${origin}/tag.js" data-write-key="demo"></script>`).waitFor();
    assert.equal(await page.getByRole("region", { name: "Point of sale" }).getByText("demo-server").count(), 0);
    await viewer.look("sources-waiting");
    await edge.send({ writeKey: "demo", batch: [{ type: "track", event: "Tried", anonymousId: "first", messageId: "first" }] });
    await edge.send({ writeKey: "demo-typo", batch: [{ type: "page", anonymousId: "first", messageId: "second" }] });
    await shop.getByText("Events arrive").waitFor();
    await page.getByText("Somebody sends with a key that no source has").waitFor();
    await viewer.look("sources");
    assert.equal(await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Access" }).count(), 0);
    // Who may not publish can look at all there is, and change none of it.
    assert.equal(await page.getByRole("button", { name: "New source" }).count(), 0);
    await page.goto("/console/offers/free-shipping");
    await page.getByText("You can look").waitFor();
    assert.ok(await page.getByRole("textbox", { name: "Name", exact: true }).isDisabled());
  }),
);

test(
  "an editor publishes, sees the difference, and goes back",
  desk.story(async ({ sit, edge }) => {
    const editor = await sit({ key: await desk.key("editor", "Eve") });
    const { page } = editor;
    await editor.signIn("/console/config");
    await edit(editor, "Regulars");
    await editor.look("config-edit");
    await page.getByRole("button", { name: "Check and publish…" }).click();
    const review = editor.dialog("Publish");
    await review.getByRole("row", { name: /name .* Regulars/ }).waitFor();
    await editor.look("config-review");
    await review.getByRole("button", { name: "Publish" }).click();
    await page.getByText("Version 2 is published").waitFor();
    assert.equal((await published(edge))["segments/loyal.json"].name, "Regulars");

    await editor.open("Config");
    await page.getByRole("button", { name: /^Version 2/ }).click();
    await page.getByRole("row", { name: /name .* Regulars/ }).waitFor();
    await page.getByText("by Eve").waitFor();
    await editor.look("config");
    await page.getByRole("button", { name: "Go back to version 1" }).click();
    const back = editor.dialog("Go back to version 1");
    await back.getByRole("row", { name: /name Regulars/ }).waitFor();
    await editor.look("config-back");
    await back.getByRole("button", { name: "Go back to version 1" }).click();
    await page.getByText("Version 1 is back").waitFor();
    assert.deepEqual(await published(edge), shopConfig());
    await page.getByRole("button", { name: /^Version 3 .*back to 1/ }).waitFor();
  }),
);

test(
  "what can't be published says where and why, and nothing is published",
  desk.story(async ({ sit, edge }) => {
    const editor = await sit();
    const { page } = editor;
    await editor.signIn("/console/config/edit");
    const before = await published(edge);
    await page.getByRole("navigation", { name: "Files" }).getByRole("button", { name: /loyal/ }).click();
    const text = page.getByRole("textbox", { name: "segments/loyal.json" });
    await text.press("ControlOrMeta+a");
    await page.keyboard.insertText('{ "id": "loyal", "name": "Loyal", "rule": { "segment": "nobody" } }');
    await page.getByRole("button", { name: "Check and publish…" }).click();
    await page.getByRole("alert").getByText(/segments\/loyal\.json at rule/).waitFor();
    await editor.look("config-wrong");
    assert.deepEqual(await published(edge), before);
    page.on("dialog", (dialog) => dialog.accept());
  }),
);

test(
  "of two who write at the same time the second sees what the first did, chooses, and nothing is lost",
  desk.story(async ({ sit, edge }) => {
    const [one, other] = [await sit({ key: await desk.key("editor", "Ada") }), await sit({ key: await desk.key("editor", "Ben") })];
    for (const person of [one, other]) await person.signIn("/console/config");
    await edit(one, "Ada's");
    await edit(other, "Ben's");
    await other.page.getByRole("navigation", { name: "Files" }).getByRole("button", { name: "segments/buyers.json" }).click();
    const buyers = { ...shopConfig()["segments/buyers.json"], name: "Ben's buyers" };
    await other.page.getByRole("textbox", { name: "segments/buyers.json" }).press("ControlOrMeta+a");
    await other.page.keyboard.insertText(JSON.stringify(buyers));

    await one.page.getByRole("button", { name: "Check and publish…" }).click();
    await one.dialog("Publish").getByRole("button", { name: "Publish" }).click();
    await one.page.getByText(/Version \d+ is published/).waitFor();
    await other.page.getByRole("button", { name: "Check and publish…" }).click();
    const conflict = other.dialog("Somebody else published first");
    await conflict.getByText(/by Ada/).waitFor();
    await other.look("config-conflict");
    assert.ok(await conflict.getByRole("button", { name: "Choose 1 more" }).isDisabled());
    await conflict.getByLabel(/^Theirs/).check();
    await conflict.getByRole("button", { name: "Join the two" }).click();
    await other.page.getByRole("button", { name: "Check and publish…" }).click();
    await other.dialog("Publish").getByRole("button", { name: "Publish" }).click();
    await other.page.getByText(/Version \d+ is published/).waitFor();
    const files = await published(edge);
    assert.deepEqual([files["segments/loyal.json"].name, files["segments/buyers.json"].name], ["Ada's", "Ben's buyers"]);
  }),
);

test(
  "what is written outlives pages, a reload and a session that ends; it is thrown away by whoever says so, and goes with whoever signs out",
  desk.story(async ({ sit, edge }) => {
    const editor = await sit({ key: await desk.key("editor", "Eve") });
    const { page } = editor;
    await edge.publish(shopConfig());
    page.on("dialog", (dialog) => dialog.accept());
    await editor.signIn("/console/audiences/loyal");
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("Regulars");
    const bar = page.getByRole("region", { name: "Your draft" });
    const isThere = () => bar.getByRole("link", { name: "Regulars" }).waitFor();
    await isThere();
    await editor.open("Live");
    await isThere();
    await page.reload();
    await isThere();
    await editor.look("draft");
    // Somebody ends the session elsewhere.
    assert.equal((await editor.context.request.delete("/v1/session", { headers: { origin: edge.url } })).status(), 200);
    await editor.open("Offers").catch(() => {});
    await page.getByLabel(/^Key/).fill(editor.key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await isThere();
    await bar.getByRole("link", { name: "Regulars" }).click();
    await editor.heading("Regulars");
    await page.getByRole("button", { name: "As it was published" }).click();
    await editor.heading(shopConfig()["segments/loyal.json"].name);
    await bar.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await isThere();
    await bar.getByRole("button", { name: "Throw away…" }).click();
    await editor.dialog("Throw the draft away").getByRole("button", { name: "Throw it away" }).click();
    await bar.waitFor({ state: "detached" });
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("Irregulars");
    await bar.waitFor();
    await page.getByRole("button", { name: /^Signed in as/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByLabel(/^Key/).waitFor();
    await editor.signIn();
    assert.equal(await bar.count(), 0);
    // Nobody else finds it where a session has ended, also if the page is loaded again.
    await page.goto("/console/audiences/loyal");
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("Only mine");
    await bar.waitFor();
    assert.equal((await editor.context.request.delete("/v1/session", { headers: { origin: edge.url } })).status(), 200);
    await page.reload();
    await page.getByLabel(/^Key/).fill(await desk.key("editor", "Eve"));
    await page.getByRole("button", { name: "Sign in" }).click();
    await editor.heading(shopConfig()["segments/loyal.json"].name);
    assert.equal(await bar.count(), 0);
  }),
);

test(
  "a file that the other one removed stays removed for whoever takes theirs, and is there again for whoever keeps their own",
  desk.story(async ({ sit, edge }) => {
    for (const [take, isThere] of [["Theirs", false], ["Yours", true]]) {
      await edge.publish(shopConfig());
      const [ada, ben] = [await sit({ key: await desk.key("editor", "Ada") }), await sit({ key: await desk.key("editor", "Ben") })];
      for (const person of [ada, ben]) await person.signIn("/console/offers/free-shipping");
      await ben.page.getByRole("textbox", { name: "Name", exact: true }).fill("Ben's shipping");
      await ada.page.getByRole("button", { name: "Remove", exact: true }).click();
      await publish(ada);
      await ben.page.getByRole("tab", { name: "JSON" }).click();
      await ben.page.getByRole("button", { name: "Check and publish…" }).click();
      const conflict = ben.dialog("Somebody else published first");
      await conflict.getByLabel(new RegExp(`^${take}`)).check();
      await conflict.getByRole("button", { name: "Join the two" }).click();
      await conflict.waitFor({ state: "detached" });
      const bar = ben.page.getByRole("region", { name: "Your draft" });
      if (isThere) {
        await bar.getByText("new", { exact: true }).waitFor();
        await publish(ben);
      } else {
        await ben.page.getByText("There is nothing here").waitFor();
      }
      assert.equal(await bar.count(), 0);
      assert.equal((await published(edge))["offers/free-shipping.json"]?.name, isThere ? "Ben's shipping" : undefined);
    }
  }),
);

test(
  "what is published is told where no control is: on a phone, too, the next thing can be done at once",
  desk.story(async ({ sit, edge }) => {
    const editor = await sit({ viewport: { width: 390, height: 700 }, hasTouch: true });
    const { page } = editor;
    await edge.publish(shopConfig());
    await editor.signIn("/console/audiences/loyal");
    const name = page.getByRole("textbox", { name: "Name", exact: true });
    await name.fill("Regulars");
    await page.getByRole("button", { name: "Check and publish…" }).tap();
    await editor.dialog("Publish").getByRole("button", { name: "Publish" }).tap();
    const notice = page.getByText(/Version \d+ is published/);
    await notice.waitFor();
    await notice.hover();
    await name.fill("More regulars");
    const covered = await page.getByRole("button", { name: "Check and publish…" }).evaluate(async (button) => {
      const top = () => button.getBoundingClientRect();
      const under = () => document.elementFromPoint(top().x + top().width / 2, top().y + top().height / 2);
      return { isOwn: button.contains(under()), notices: document.querySelectorAll(".mantine-Notification-root").length };
    });
    assert.deepEqual(covered, { isOwn: true, notices: 1 });
    // What is read on a phone is shown as on one.
    await page.goto("/console/offers/free-shipping");
    await page.locator('iframe[title="Preview, phone"]').waitFor();
    page.on("dialog", (dialog) => dialog.accept());
  }),
);

test(
  "a source is made by its controls, published, and takes events with its own key",
  desk.story(async ({ sit, edge }) => {
    const editor = await sit({ key: await desk.key("editor", "Eve") });
    const { page } = editor;
    await editor.signIn("/console/sources");
    await page.getByRole("button", { name: "New source" }).click();
    const begin = editor.dialog("New source");
    await begin.getByLabel("Name").fill("Second shop");
    await begin.getByLabel("Address").fill("second.example");
    await begin.getByText("An address as https://shop.example").waitFor();
    assert.ok(await begin.getByRole("button", { name: "Begin" }).isDisabled());
    await begin.getByLabel("Address").fill("https://second.example/de/");
    await begin.getByText("anybody can say on a page that they are somebody else").waitFor();
    await begin.getByLabel("Events are kept").check();
    await editor.look("source-new");
    await begin.getByRole("button", { name: "Begin" }).click();
    const made = page.getByRole("region", { name: "Second shop" });
    await made.getByText("not published", { exact: true }).waitFor();
    await publish(editor);
    await made.getByText("Waiting for your first event…").waitFor();
    const { writeKey, ...said } = (await published(edge))["sources.json"].sources.at(-1);
    assert.deepEqual(said, {
      id: "second-shop", name: "Second shop", kind: "browser", identity: { mode: "off" }, origins: ["https://second.example"],
      consent: { default: { analytics: true, personalisation: true, advertising: false, sale_or_share: false } },
    });
    assert.match(writeKey, /^[0-9a-f]{32}$/);
    await made.getByText(`data-write-key="${writeKey}"`).waitFor();
    const { answer } = await edge.send({ writeKey, batch: [{ type: "page", anonymousId: "second", messageId: "second-shop" }] });
    assert.equal(answer.accepted, 1, JSON.stringify(answer));
    await made.getByText("Events arrive").waitFor();
    // What is half written is no source, and in nobody's way.
    await page.goto("/console/config/edit?file=sources.json");
    await page.getByRole("textbox", { name: "sources.json" }).press("ControlOrMeta+a");
    await page.keyboard.insertText('{ "sources": [null, { "id": "half" }] }');
    await editor.open("Sources");
    await page.getByText("There is no source yet").waitFor();
    page.on("dialog", (dialog) => dialog.accept());
  }),
);
