// How the edge fares, and who may come in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../harness/edge.mjs";
import { Desk } from "./desk.mjs";
import { choose } from "./form.mjs";

const desk = new Desk();
before(() => desk.open());
after(() => desk.close());

test(
  "what was turned away is counted with its reason and what to do; so are links that the rules refused",
  desk.story(async ({ sit, edge }) => {
    const admin = await sit();
    const { page } = admin;
    await admin.signIn("/console/health");
    await page.getByText("Nothing was turned away").waitFor();
    await page.getByText("Everything was delivered").waitFor();
    await admin.look("health-empty");
    await edge.send({ writeKey: "demo", batch: [{ type: "odd", anonymousId: "a", messageId: "odd" }] });
    await edge.send({ writeKey: "wrong", batch: [] });
    const server = (messageId, traits, userId) => edge.send({ writeKey: "demo-server", batch: [{ type: "identify", messageId, userId, traits }] });
    await server("one", { email: "same@example.com" }, "health-1");
    await server("two", { email: "same@example.com" }, "health-2");
    await until("the refusal is known", async () => (await (await edge.admin("/v1/refusals/counts")).json()).refusals > 0, { within: 20_000 });
    await page.reload();
    await page.getByRole("row", { name: /must be one of page, track.* unknown_type shop 1/ }).waitFor();
    await page.getByRole("row", { name: /No source has this key.* invalid_write_key not known 1/ }).waitFor();
    await page.getByRole("row", { name: /unique:user_id/ }).waitFor();
    const refused = page.getByRole("row", { name: /same@example\.com/ });
    await refused.waitFor();
    await admin.look("health");
    // Who they are is a click away.
    await refused.getByRole("link").click();
    await admin.heading(/^health-[12]$/);
  }),
);

test(
  "a key is made, shown once, used, and taken back: whoever has it is out at once",
  desk.story(async ({ sit }) => {
    const admin = await sit();
    const { page } = admin;
    await admin.signIn("/console/access");
    await page.getByText("Only the deployment's own key is there").waitFor();
    await admin.look("access-empty");
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByLabel("Name").fill("Vic");
    await page.getByRole("button", { name: "Make the key" }).click();
    const shown = admin.dialog("The key of Vic");
    const key = await shown.getByLabel("Key", { exact: true }).innerText();
    await admin.look("access-key");
    await shown.getByRole("button", { name: "I have it" }).click();

    const vic = await sit({ key });
    await vic.signIn("/console/people");
    assert.equal(await vic.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Access" }).count(), 0);

    await page.reload();
    await page.getByRole("row", { name: /Vic viewer/ }).waitFor();
    await admin.look("access");
    await page.getByRole("button", { name: "Take back the key of Vic" }).click();
    await admin.dialog("Take back the key of Vic").getByRole("button", { name: "Take it back" }).click();
    await page.getByText("taken back", { exact: true }).waitFor();
    await vic.open("Config").catch(() => {});
    await vic.page.getByRole("button", { name: "Sign in" }).waitFor();
  }),
);

test(
  "the record says who has asked for what, and of whom, is filtered and goes on in pages; who may not read it does not see it",
  desk.story(async ({ sit, edge }) => {
    const vic = await sit({ key: await desk.key("viewer", "Vic Look") });
    await edge.send({ writeKey: "demo-server", batch: [{ type: "identify", messageId: "recorded", userId: "recorded-1", traits: {} }] });
    await vic.signIn("/console/people/user_id:recorded-1");
    await vic.heading("recorded-1");
    assert.equal(await vic.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Record" }).count(), 0);
    await vic.page.goto("/console/record");
    await vic.page.getByText("forbidden", { exact: true }).waitFor();

    for (let n = 0; n < 60; n += 1) await edge.admin(`/v1/profiles/user_id:page-${n}`);
    const admin = await sit();
    const { page } = admin;
    await admin.signIn("/console/people");
    await admin.open("Record");
    const rows = page.getByRole("table").getByRole("row");
    await until("a page is there", async () => (await rows.count()) === 51);
    await page.getByRole("button", { name: "Show older ones" }).click();
    await page.getByRole("row", { name: /Vic Look Looked at people GET \/v1\/profiles\/… by an identifier/ }).first().waitFor();
    await page.getByLabel("About whom").fill("user_id:recorded-1");
    await until("only what was asked of them is left", async () => (await rows.count()) <= 10 && (await rows.count()) > 1);
    assert.ok((await rows.allInnerTexts()).slice(1).every((row) => row.includes("Vic Look")));
    await admin.look("record");
    await page.getByLabel("About whom").fill("");
    await choose(page.getByRole("group", { name: "Filter the record" }), "What", "Made or took back a key");
    await page.getByRole("row", { name: /Deployment key Made or took back a key POST \/v1\/keys/ }).first().waitFor();
    assert.ok((await rows.allInnerTexts()).slice(1).every((row) => row.includes("Made or took back a key")));
    await page.getByLabel("About whom").fill("user_id:nobody-asked");
    await page.getByText("Nothing is on record").waitFor();
    await page.getByLabel("About whom").fill("no name");
    await page.getByText("`about` is").waitFor();
    assert.ok(!(await page.content()).includes("recorded-1"), "no identifier stands in it");
  }),
);
