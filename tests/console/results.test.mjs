// Experiments as marketers read them: visitors come, and the page says what can be said and no more.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { shopConfig, until } from "../harness/edge.mjs";
import { Desk } from "./desk.mjs";

const desk = new Desk();
before(() => desk.open());
after(() => desk.close());

const html = (text) => ({ type: "html", html: text });
const headers = { authorization: `Basic ${Buffer.from("demo-server:").toString("base64")}` };

function config() {
  const files = shopConfig();
  const goal = { event: "Order Completed", within: { days: 3 } };
  const offer = (id, name, experiment) => ({
    id, name, placement: id, content: html(name), experiment: { goal, ...experiment },
    variants: [{ id: "plain", content: html("plain") }, { id: "badge", content: html("badge") }],
  });
  for (const id of ["winner", "same", "learning"]) files["placements.json"].placements.push({ id, name: id });
  files["offers/winner.json"] = offer("winner", "Free returns, said on the banner", {});
  files["offers/same.json"] = offer("same", "Another colour of the button", { holdout: { share: 0.34 } });
  files["offers/learning.json"] = offer("learning", "Which picture", { kind: "bandit" });
  return files;
}

/** Visitors of one experiment, so many at a time, of whom so many in ten buy; those held out, too. The first `see` of them see the offer,
 *  and half of these click it. */
async function visitors(edge, placement, many, buy, see = 0) {
  const seen = new Set();
  const came = { plain: 0, badge: 0, $holdout: 0 };
  const orders = [];
  const looks = [];
  const one = async (userId) => {
    const response = await edge.fetch("/v1/decide", { method: "POST", headers, body: JSON.stringify({ userId, placements: [placement] }) });
    const { decisions: [decision] } = await response.json();
    const variant = decision.variant ?? "$holdout";
    came[variant] += 1;
    if (Object.values(came).reduce((sum, count) => sum + count) <= see) {
      const look = (event) => ({ type: "track", event, userId, messageId: randomUUID(), properties: { promotion_id: decision.offer, position: placement, token: decision.token } });
      looks.push(look("Promotion Viewed"), ...(looks.length % 3 === 0 ? [look("Promotion Clicked")] : []));
      seen.add(userId);
    }
    const properties = { order_id: randomUUID(), total: 20 + (came[variant] % 7) };
    if (came[variant] % 10 < buy[variant]) orders.push({ type: "track", event: "Order Completed", userId, messageId: randomUUID(), properties });
  };
  for (let n = 0; n < many; n += 20) {
    const people = Array.from({ length: 20 }, () => randomUUID());
    await edge.send({ writeKey: "demo-server", batch: people.map((userId) => ({ type: "page", userId, messageId: randomUUID() })) });
    await Promise.all(people.map(one));
  }
  for (let n = 0; n < looks.length; n += 50) await edge.send({ writeKey: "demo-server", batch: looks.slice(n, n + 50) });
  for (let n = 0; n < orders.length; n += 50) await edge.send({ writeKey: "demo-server", batch: orders.slice(n, n + 50) });
  const clicked = looks.length - seen.size;
  return { came, orders: orders.length, seen: seen.size, clicked, converted: orders.filter(({ userId }) => seen.has(userId)).length };
}

test(
  "visitors of two variants end with the right verdict, and those of two equal ones with none; what each offer brings is seen live",
  desk.story(async ({ sit, edge }) => {
    await edge.publish(config());
    const viewer = await sit({ key: await desk.key("viewer", "Vic") });
    const asked = [];
    viewer.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await viewer.signIn("/console/live");
    await viewer.page.getByRole("status").getByText("Live", { exact: true }).waitFor();
    const winner = await visitors(edge, "winner", 700, { plain: 3, badge: 6 }, 40);
    const same = await visitors(edge, "same", 400, { plain: 4, badge: 4, $holdout: 3 });
    await visitors(edge, "cart-strip", 20, {});
    for (const [key, { came, orders }] of [["winner", winner], ["same", same]]) {
      await until(`all who came to ${key} are counted`, async () => {
        const { results } = await (await edge.admin(`/v1/experiments/${key}`)).json();
        const sum = (of) => results.arms.reduce((sum, { counted }) => sum + counted[of], 0);
        return sum("n") === came.plain + came.badge + came.$holdout && sum("converted") === orders;
      }, { within: 60_000, every: 300 });
    }
    // What offers bring, as it happens: beside the first variant, beside those who are held out, or beside nobody.
    const row = (offer) => viewer.page.getByRole("region", { name: /^Offers/ }).getByRole("row", { name: offer });
    await row(/^Free returns, said on the banner \d+ .* \+\d+(\.\d)?% \(\+\d.* to \+.*\)\s*“badge” beside plain$/).waitFor();
    await row(/^Another colour of the button \d+ .* [+−]?\d+(\.\d)?% \(−.* to \+.*\)\s*beside no offer \(held out\)$/).waitFor();
    await row(/^Free delivery from €60 20 0 0 no goal no holdout$/).waitFor();
    await row(new RegExp(`^Free returns, said on the banner 700 ${winner.seen} ${winner.clicked} ${winner.converted} `)).waitFor();
    assert.ok(winner.clicked > 0 && winner.converted > 0);
    assert.deepEqual(asked.filter((path) => path.startsWith("/v1/experiments/")), [], "one request for all");
    await viewer.look("live-lift");
    const admin = await sit();
    const { page } = admin;
    await admin.signIn("/console/people");
    await admin.open("Results");
    await page.getByRole("article", { name: "Which picture" }).getByText("bandit").waitFor();
    await page.getByRole("article", { name: "Free returns, said on the banner" }).getByText(/^“badge” beside plain: \+\d/).waitFor();
    await admin.look("results");
    await page.getByRole("link", { name: "Free returns, said on the banner" }).click();
    await admin.heading("Free returns, said on the banner");
    const verdict = page.getByRole("status");
    await verdict.getByText(/^More people reach the goal than with “plain”: “badge” \d+\.\d to \d+\.\d % more\.$/).waitFor();
    await page.getByRole("row", { name: /^badge \d+ \d+ 6\d(\.\d)?% \+.* over 99\.9%$/ }).waitFor();
    await page.getByRole("columnheader", { name: "Probably the best" }).first().waitFor();
    await page.getByText("There are as many people in each variant as there should be.").waitFor();
    await page.getByRole("figure", { name: "Rate by variant" }).locator(".recharts-errorBar").first().waitFor({ state: "attached" });
    await admin.look("results-better");
    await page.goto("/console/results/same");
    await page.getByText(/^All who are given the offer, beside those who are held out: [+−]?\d/).waitFor();
    await verdict.getByText(/^No difference is shown\. .* anything from \d+\.\d % fewer to \d+\.\d % more\.$/).waitFor();
    await admin.look("results-open");
    await page.goto("/console/results/learning");
    await verdict.getByText(/^Too early to say\./).waitFor();
    await page.goto("/console/results/nothing");
    await page.getByText(/has no experiment "nothing"/).waitFor();
  }),
);
