// Whatever visitors, servers, lists and colleagues write is text in the console: on no page does any of it run, become an address or an element.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, identityToken, shopConfig, until } from "../harness/edge.mjs";
import { Desk } from "./desk.mjs";

/** What runs calls this, which the browser's driver puts into every page and frame. */
const CALL = "selvedgeRan";
const STRINGS = [
  `<script>${CALL}("script")</script>`,
  `"><img src=x onerror=${CALL}("attribute")>`,
  `'><svg/onload=${CALL}("svg")>`,
  `</title></textarea></style></script><script>${CALL}("closed")</script>`,
  `<iframe srcdoc="<script>parent.${CALL}('frame')</script>"></iframe>`,
  `<a href="javascript:${CALL}('link')" autofocus onfocus=${CALL}("focus")>a</a>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${CALL}("mutation")>`,
  `javascript:${CALL}("address")//`,
  `\tjAvA\nscript:${CALL}("address with blanks")//`,
  `data:text/html,<script>${CALL}("data")</script>`,
  `{{constructor.constructor('${CALL}("template")')()}} \${${CALL}("literal")} <%= ${CALL}("server") %> #{${CALL}("ruby")}`,
  `\u202e<\u200bscript>${CALL}("unicode")</script> ＜script＞${CALL}("wide")＜/script＞ \u2028${CALL}("line")`,
  "__proto__",
];
const nth = (n) => STRINGS[n % STRINGS.length];
/** One in which all are: for where there is room. */
const ALL = STRINGS.join(" ");

/** What an author can write: a template of ours would fail on one of somebody else's. */
const CONTENT = STRINGS.filter((said) => !said.includes("{{")).join(" ");

/** What an event can say, each field of it one of the strings, or all. */
function event(n, type = "track") {
  const said = nth(n);
  const named = Object.fromEntries([[said, ALL], ["constructor", { [said]: said, __proto__: said }], ["name", said], ["title", said], ["url", said], ["path", said], ["category", said]]);
  const product = { product_id: said, sku: said, name: said, brand: said, category: said, price: 1, quantity: 1, currency: "EUR", url: nth(7), image_url: nth(8) };
  const page = { title: said, url: said, path: said, referrer: said, search: said, tab_url: said };
  const context = {
    page, userAgent: ALL, locale: said, timezone: said, campaign: { name: said, source: said, medium: said }, referrer: { url: said, id: said }, app: { name: said }, library: { name: said, version: said },
    device: { id: said, name: said },
  };
  return { type, ...(type === "track" ? { event: n % 4 === 0 ? "Product Added" : said } : { name: said }), properties: { ...named, ...product, order_id: said }, context, integrations: { [said]: said } };
}

function config() {
  const files = shopConfig();
  files["sources.json"].sources[0].name = nth(1);
  files["sources.json"].sources[1].name = nth(0);
  files["sources.json"].sources[1].writeKey = "demo-server";
  files["placements.json"].placements.push({ id: "hostile", name: nth(2) });
  files["audiences/hostile.json"] = { id: "hostile", name: nth(1), namespace: "email" };
  for (const [n, said] of STRINGS.entries()) {
    files[`segments/h${n}.json`] = {
      id: `h${n}`, name: said, description: ALL,
      rule: { any: [{ performed: { event: said, where: { name: said } } }, { traits: { [n === 12 ? "x" : "plan"]: { $in: [said, ALL] } } }, { audience: "hostile" }] },
    };
  }
  const html = (html) => ({ type: "html", html });
  files["offers/hostile.json"] = {
    id: "hostile", name: nth(1), placement: "hostile", audience: "h1", content: html(`${CONTENT}{{ traits.plan }}`), experiment: { goal: { event: nth(1), within: { days: 3 } } },
    variants: [{ id: "a", content: html(CONTENT) }, { id: "b", content: html(`<p>{{ traits.plan }}</p><a href="{{ traits.site }}">x</a>`) }],
  };
  return files;
}

const desk = new Desk();
before(() => desk.open({ config: false, door: true, retries: 0 }));
after(() => desk.close());

/** All that can be written from outside and from inside, by anybody. Gives the names by which people are found. */
async function write(edge) {
  const post = (path, body, headers = {}) => edge.fetch(path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers });
  // The author of a version is whoever has the key that published it.
  const keys = await Promise.all(STRINGS.map(async (said) => (await (await edge.admin("/v1/keys", { method: "POST", body: JSON.stringify({ name: said.slice(0, 100), role: "admin" }) })).json()).key));
  await edge.publish(config());
  for (const [n, said] of [nth(0), nth(1), nth(6)].entries()) {
    const files = config();
    files["placements.json"].placements[0].name = said;
    const response = await edge.fetch("/v1/config", { method: "PUT", body: JSON.stringify({ files, note: said }), headers: { authorization: `Bearer ${keys[n]}` } });
    assert.equal(response.status, 200, await response.text());
  }
  const userId = nth(1);
  const device = new Device(edge);
  const traits = Object.fromEntries([...STRINGS.map((said) => [said, ALL]), ["plan", nth(1)], ["site", nth(7)], ["name", ALL], ["avatar", nth(7)], ["website", nth(7)]]);
  await device.identify(userId, traits, { token: identityToken(userId) });
  for (let n = 0; n < STRINGS.length; n += 1) await device.send([event(n), event(n, "page")], ["hero", "hostile"]);
  await edge.send({ writeKey: "demo-server", batch: STRINGS.map((said, n) => ({ type: "identify", messageId: `h${n}`, userId: said, traits: { email: "same@example.com", plan: said, [said]: said } })) });
  await edge.send({ writeKey: "demo-server", batch: STRINGS.map((said, n) => ({ type: "group", messageId: `g${n}`, userId, groupId: said, traits: { name: said, [said]: ALL } })) });
  await device.send([{ type: "track", event: "Promotion Viewed", properties: { promotion_id: nth(1), position: nth(2), variant: nth(0) } }]);
  // What is turned away, and why.
  await edge.send({ writeKey: "demo", batch: STRINGS.map((said) => ({ type: said, anonymousId: said, messageId: randomUUID() })) });
  for (const said of STRINGS) await edge.send({ writeKey: said, batch: [] });
  await edge.send({ writeKey: "demo-server", batch: STRINGS.map((said) => ({ type: "identify", messageId: randomUUID(), userId: randomUUID(), traits: { email: said, phone: said } })) });
  await post("/v1/batch", `<script>${CALL}("body")</script>`, { "content-type": "text/plain" });
  for (const said of STRINGS) await edge.post(said);
  // A list of which most lines are no addresses.
  const call = async (path, method, body) => (await edge.admin(`/v1/audiences/hostile/imports${path}`, { method, body })).json();
  const { id } = await call("", "POST", JSON.stringify({ mode: "replace" }));
  await call(`/${id}/parts/0`, "PUT", `email\n${STRINGS.map((said) => `"${said.replaceAll('"', '""')}"`).join("\n")}\nfine@example.com\n`);
  await call(`/${id}/commit`, "POST", JSON.stringify({ parts: 1 }));
  await until("the list is there", async () => (await call(`/${id}`, "GET")).status === "done", { within: 30_000 });
  await until("the letters are kept", async () => (await (await edge.admin("/v1/dead-letters")).json()).deadLetters.length > 0, { within: 30_000 });
  await until("refusals are known", async () => (await (await edge.admin("/v1/refusals/counts")).json()).refusals > 0, { within: 30_000 });
  return { userId, device };
}

test(
  "no page of the console runs, follows or builds what somebody wrote",
  { timeout: 180_000 },
  desk.story(async ({ sit, edge }) => {
    const [ran, forbidden] = [[], []];
    const { userId, device } = await write(edge);
    const admin = await sit();
    const { page, context } = admin;
    await context.exposeBinding(CALL, ({ frame }, what) => void ran.push(`${what} on ${frame.url()}`));
    await context.exposeBinding("selvedgeForbade", ({ frame }, what) => {
      // Content is its author's: what of it would run is forbidden where it is looked at, and only there.
      if (!frame.url().endsWith("/console/frame")) forbidden.push(`${what} on ${frame.url()}`);
    });
    await context.addInitScript(() => addEventListener("securitypolicyviolation", (event) => window.selvedgeForbade(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`)));
    page.on("dialog", (dialog) => (ran.push(dialog.message()), dialog.dismiss()));
    page.on("popup", (popup) => ran.push(`a window: ${popup.url()}`));

    /** Looks through what is there. `least`: so many of what was written is to be seen. */
    const look = async (where, least = 1) => {
      await until(`${where} shows what was written`, () => page.evaluate(([call, least]) => {
        const fields = [...document.querySelectorAll("input, textarea")].map(({ value }) => value);
        return (`${document.body.innerText} ${fields.join(" ")}`.split(call).length - 1) >= least;
      }, [CALL, least]), { within: 15_000 });
      await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
      const odd = await page.evaluate(() => {
        const addresses = [...document.querySelectorAll("[href], [src], [action], [formaction], [data]")].flatMap((one) =>
          ["href", "src", "action", "formaction", "data", "xlink:href"].flatMap((name) => (one.hasAttribute(name) ? [one.getAttribute(name)] : [])));
        const handlers = [...document.querySelectorAll("*")].flatMap((one) => one.getAttributeNames().filter((name) => name.startsWith("on")));
        const leads = (address) => { try { return new URL(address, location.href); } catch { return { protocol: "none:" }; } };
        return [
          ...addresses.filter((address) => { const { protocol } = leads(address); return !["http:", "https:", "blob:"].includes(protocol) && !/^data:image\//.test(address); }),
          ...addresses.filter((address) => { const { protocol, origin } = leads(address); return protocol.startsWith("http") && origin !== location.origin && !/^https?:\/\/(shop\.example|reactflow\.dev)\b/.test(address); }),
          ...handlers,
          ...[...document.querySelectorAll("iframe")].filter((frame) => frame.getAttribute("src") !== "/console/frame" || frame.getAttribute("sandbox") !== "allow-scripts" || frame.hasAttribute("srcdoc")).map((frame) => frame.outerHTML),
          ...[...document.querySelectorAll("script:not([src]), object, embed, math, base, meta[http-equiv]")].map((one) => one.outerHTML),
          ...("polluted" in {} ? ["a prototype"] : []),
        ];
      });
      assert.deepEqual(odd, [], where);
      assert.deepEqual([ran, forbidden], [[], []], where);
    };
    const visit = async (path, least) => {
      await page.goto(`/console${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await look(path, least);
    };

    await admin.signIn();
    const person = `/people/${encodeURIComponent(`user_id:${userId}`)}`;
    await visit("/people", 0);
    await page.getByLabel("Identifier").fill(nth(1));
    await page.getByRole("button", { name: "Find" }).click();
    await look("what was found");
    await visit(person, 10);
    await page.getByRole("tab", { name: "Timeline" }).click();
    await page.getByRole("button", { name: /^track/ }).first().waitFor();
    for (const row of (await page.getByRole("button", { name: /^(track|page|identify|group)/ }).all()).slice(0, 12)) await row.click();
    await look("the timeline", 100);
    await page.getByRole("tab", { name: "Decisions" }).click();
    await page.getByRole("button", { name: /^Why/ }).first().waitFor();
    await look("decisions");
    await page.getByRole("tab", { name: "Identity" }).click();
    await look("who is who");
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Erase…" }).click();
    await admin.dialog("Erase this person").getByRole("heading", { name: "Now: one person" }).waitFor();
    await look("before an erasure");
    await visit(`/people/${encodeURIComponent(`user_id:${nth(0)}`)}`);
    await visit(`/people/${encodeURIComponent(`user_id:${nth(1)}${nth(0)}`)}`); // nobody
    await visit("/audiences", 10);
    for (const n of [0, 1, 10, 11]) await visit(`/audiences/h${n}`, 2);
    await visit("/audiences/lists/hostile");
    // One that is begun, and the draft's bar with it.
    await page.goto("/console/audiences");
    await page.getByRole("button", { name: "New audience" }).click();
    await admin.dialog("New audience").getByLabel("Name").fill(nth(1));
    await admin.dialog("New audience").getByRole("button", { name: "Begin" }).click();
    const draft = page.getByRole("region", { name: "Your draft" });
    await draft.waitFor();
    await look("a draft", 3);
    await draft.getByRole("button", { name: "Throw away…" }).click();
    await look("before a draft is thrown away", 4);
    await admin.dialog("Throw the draft away").getByRole("button", { name: "Throw it away" }).click();
    await draft.waitFor({ state: "detached" });
    await visit("/offers");
    await visit("/offers/hostile", 5);
    await page.frameLocator("iframe").first().locator("body *").first().waitFor({ state: "attached" });
    await look("an offer's content");
    await visit("/preview", 0);
    await page.getByLabel("Who").fill(`user_id:${userId}`);
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("region", { name: "hostile" }).waitFor();
    await look("a preview");
    await visit("/results");
    await visit("/results/hostile");
    await visit("/sources", 2);
    await visit("/config", 3);
    await page.getByRole("button", { name: /Compare|Changes|Show/ }).first().click().catch(() => {});
    await look("versions");
    await visit("/config/edit");
    await visit("/health", 0);
    await page.getByRole("table").getByRole("row", { name: /bytes/ }).first().waitFor();
    await page.getByRole("button", { name: "Deliver them again" }).click();
    await page.getByText("They are on their way again").waitFor();
    await visit("/access", 10);
    // What comes while somebody watches.
    await visit("/live", 0);
    await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
    const sending = (async () => {
      for (let n = 0; n < 60 && ran.length === 0; n += 1) await device.send([event(n), event(n, "page")], ["hostile"]);
    })();
    await look("the live page", 10);
    await sending;
    // What a browser says where it looks at an author's content: that its scripts were forbidden.
    const isOfContent = (problem) => problem.endsWith("/console/frame");
    assert.ok(admin.problems.some((problem) => isOfContent(problem) && /Executing inline event handler/.test(problem)), "content was looked at");
    admin.problems = admin.problems.filter((problem) => !isOfContent(problem));
  }),
);
