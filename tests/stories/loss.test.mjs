// Eight ways to lose an event, at the real edge: in each the event ends in the visitor's profile, once.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as passes } from "node:timers/promises";
import { launch, launchIn } from "../harness/chromium.mjs";
import { Edge, until } from "../harness/edge.mjs";
import { Site } from "./site.mjs";

/** An edge beside the browser would answer before a page is gone, and nothing would ever be lost. */
const ROUND_TRIP_MS = 100;
const OUTAGE_MS = 5_000;
/** A page is left so soon after it has loaded, while the tag's files take so long. */
const BOUNCE_MS = 150;
const SLOW_MS = 400;

const LINKS = '<a id="plain" href="/plain">no tag there</a> <a id="tagged" href="/tagged">the tag is there</a>';
const page = (body = LINKS) => `<!doctype html><title>Shop</title>${body}<script async src="/s/tag.js" data-write-key="demo"></script>`;
const bounce = `<script>addEventListener("load", () => setTimeout(() => document.querySelector("a").click(), ${BOUNCE_MS}))</script>`;

/** By host, what happens to its visitors' events on their way, and the hosts whose files take long. */
const trouble = {};
const slow = new Set();

let edge;
let site;
let browser;
before(async () => {
  [edge, browser] = await Promise.all([Edge.start(), launch()]);
  site = await Site.start(edge, { "/": page(), "/tagged": page(), "/plain": "<!doctype html><title>Plain</title>", "/bounce": page(LINKS + bounce) });
  site.way = (host, path) =>
    path === "/v1/batch" ? { before: passes(ROUND_TRIP_MS), ...trouble[host]?.() } : slow.has(host) ? { before: passes(SLOW_MS) } : {};
});
after(async () => {
  await browser.close();
  site.close();
  await edge.close();
});

const delivered = (tab) =>
  until("an empty queue", () => tab.evaluate(() => Object.keys(localStorage).every((key) => !/^selvedge_(queue|early)/.test(key))));

/** Somebody with a browser of their own, in a shop of its own. Browsers take `localhost` for a place that came over TLS. */
class Visitor {
  constructor(letter, context) {
    this.host = `${letter}.localhost`;
    this.context = context;
  }

  static async enter(letter) {
    return new Visitor(letter, await browser.newContext());
  }

  /** Opens a page and waits until its view is in the profile. */
  async open(path = "/") {
    const tab = await this.visit(path);
    await tab.waitForFunction("window.selvedge?.status === 'ready'");
    await this.has(`page ${path}`);
    return tab;
  }

  async visit(path) {
    const tab = await this.context.newPage();
    await tab.goto(site.origin(this.host) + path);
    return tab;
  }

  /** What is in the profile: each event's name and its page, in the order of the alphabet. */
  async profile() {
    // A page that is gone can't be asked who it was; the browser knows.
    const { value } = (await this.context.cookies()).find(({ name }) => name === "selvedge_anonymous_id") ?? {};
    const id = value && `anonymous_id:${value}`;
    if (!id || !(await edge.profile(id))) return [];
    return (await edge.timeline(id)).map(({ type, event, context }) => `${event ?? type} ${context.page.path}`).sort();
  }

  async has(event) {
    // After an outage the tag takes up to ten seconds to try again.
    await until(`${this.host}: ${event}`, async () => (await this.profile()).includes(event), { within: 20_000 });
  }

  /** Comes by once more, when whatever waits in the browser is sent. Then the profile has these events, each once, and no others. */
  async ends(...events) {
    const tab = await this.open("/tagged");
    await delivered(tab);
    await until("no request under way", () => site.passing === 0);
    assert.deepEqual(await this.profile(), [...events, "page /tagged"].sort());
    await this.context.close();
  }
}

const add = (tab) => tab.evaluate(() => void selvedge.track("Product Added", { product_id: "p7", price: 19.9 }));
const addAndFollow = (tab, link) =>
  tab.evaluate((link) => {
    const element = document.getElementById(link);
    element.addEventListener("click", () => selvedge.track("Product Added", { product_id: "p7", price: 19.9 }));
    element.click();
  }, link);
const ADDED = "Product Added /";

describe("an event arrives once", { concurrency: true }, () => {
  test("(a) when a link is clicked right after it, and the next page has no tag", async () => {
    const visitor = await Visitor.enter("a");
    await addAndFollow(await visitor.open(), "plain");
    await visitor.has(ADDED);
    await visitor.ends("page /", ADDED);
  });

  test("(b) when a link is clicked right after it, and the next page has the tag", async () => {
    const visitor = await Visitor.enter("b");
    await addAndFollow(await visitor.open(), "tagged");
    await visitor.has(ADDED);
    await visitor.has("page /tagged");
    await visitor.ends("page /", ADDED, "page /tagged");
  });

  test("(c) when the tab is closed right after it", async () => {
    const visitor = await Visitor.enter("c");
    const tab = await visitor.open();
    await add(tab);
    await tab.close();
    await visitor.has(ADDED);
    await visitor.ends("page /", ADDED);
  });

  test("(d) when it is raised as the page is left", async () => {
    const visitor = await Visitor.enter("d");
    const tab = await visitor.open();
    await tab.evaluate(() => addEventListener("pagehide", () => selvedge.track("Product Added", { product_id: "p7" })));
    await tab.click("#plain");
    await visitor.has(ADDED);
    await visitor.ends("page /", ADDED);
  });

  test("(e) when the page is left before the tag is there", async () => {
    const visitor = await Visitor.enter("e");
    slow.add(visitor.host);
    const tab = await visitor.visit("/bounce");
    await tab.waitForURL("**/plain");
    await visitor.ends("page /bounce");
  });

  test("(h) when the edge answers 503 for five seconds, whether it has taken it or not", async () => {
    const visitor = await Visitor.enter("h");
    const tab = await visitor.open();
    let tries = 0;
    trouble[visitor.host] = () => (tries++ % 2 ? { refused: true } : { unheard: true });
    await add(tab);
    await passes(OUTAGE_MS);
    delete trouble[visitor.host];
    assert.ok(tries > 1, "was told so, and tried again");
    await delivered(tab);
    await visitor.ends("page /", ADDED);
  });
});

test("an event arrives once (f) when the edge is killed and comes back after five seconds, (g) and the browser is closed meanwhile", async () => {
  const folder = mkdtempSync(join(tmpdir(), "selvedge-browser-"));
  try {
    const patient = await Visitor.enter("f");
    const gone = new Visitor("g", await launchIn(folder));
    const [tab, tabOfGone] = await Promise.all([patient.open(), gone.open()]);
    await edge.kill();
    await Promise.all([add(tab), add(tabOfGone)]);
    await Promise.all([passes(OUTAGE_MS), tabOfGone.close().then(() => gone.context.close())]);
    await edge.up();
    gone.context = await launchIn(folder);
    await Promise.all([patient.has(ADDED), gone.open("/tagged").then(() => gone.has(ADDED))]);
    await Promise.all([patient.ends("page /", ADDED), gone.ends("page /", ADDED, "page /tagged")]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
