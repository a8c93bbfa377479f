// How the edge fares, and who may come in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../harness/edge.mjs";
import { Desk } from "./desk.mjs";

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
    await admin.look("health");
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
