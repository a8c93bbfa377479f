// The example shop, open for one test file: a real edge, a real Chromium, and visitors who each have a browser of their own.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Edge, until } from "../harness/edge.mjs";
import { chromium } from "../harness/packages.mjs";

const shots = resolve(import.meta.dirname, "../..", process.env.TEST_OUTPUT ?? "target/test-output");
const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const args = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** The customers of the shop's demo. */
export const ADA = { id: "cust-1001", email: "ada@larkfell.example" };
export const BEN = { id: "cust-1002", email: "ben@larkfell.example" };

/** What the places for offers say without one. */
export const DEFAULT_HERO = { home: "Out before the fell wakes up", inside: "The 60-day trail test" };
export const RUNNING_WEEK = "Free running socks with your new shoes";

export const RUNNING_SHOES = "/products/skylark-4";

export class Shop {
  static async open() {
    const shop = new Shop();
    [shop.edge, shop.browser] = await Promise.all([Edge.start({ shop: true }), chromium.launch({ executablePath, args })]);
    return shop;
  }

  async close() {
    await this.browser.close();
    await this.edge.close();
  }

  /** A test in which visitors come and go: `tell({ enter, edge, t })`. It fails when a page had a problem of its own. */
  story(tell) {
    return async (t) => {
      const visitors = [];
      const enter = async (options) => {
        visitors.push(await Visitor.enter(this, options));
        return visitors.at(-1);
      };
      try {
        await tell({ enter, edge: this.edge, t });
      } finally {
        await Promise.all(visitors.map((visitor) => visitor.context.close()));
      }
      assert.deepEqual(visitors.flatMap((visitor) => visitor.problems), []);
    };
  }
}

/** One person with one browser. */
class Visitor {
  /** `expected`: what the console may say, as a pattern, because the test causes it. */
  static async enter(shop, { expected, ...options } = {}) {
    const visitor = new Visitor();
    const context = await shop.browser.newContext({ baseURL: shop.edge.url, viewport: DESKTOP, ...options });
    Object.assign(visitor, { edge: shop.edge, context, page: await context.newPage(), problems: [] });
    visitor.page.setDefaultTimeout(10_000);
    visitor.page.on("pageerror", (error) => visitor.problems.push(`error: ${error.stack}`));
    visitor.page.on("console", (message) => {
      const text = `${message.type()}: ${message.text()} (${message.location().url})`;
      if (["error", "warning"].includes(message.type()) && !expected?.test(text)) visitor.problems.push(text);
    });
    return visitor;
  }

  get hero() {
    return this.page.locator('[data-selvedge-placement="hero"]');
  }

  heroTitle() {
    return this.hero.locator("h2").innerText();
  }

  /** Waits until the edge has decided what this page shows in its hero, and gives its title. */
  async decidedHero() {
    await until("the tag is ready", () => this.page.evaluate(() => Boolean(window.selvedge?.version)));
    await this.page.evaluate(() => new Promise((decided) => selvedge.onDecision("hero", decided)));
    return this.heroTitle();
  }

  anonymousId() {
    return until("an anonymousId", () => this.page.evaluate(() => window.selvedge?.user?.().anonymousId()));
  }

  /** From here on the page notes, in every frame after the next click, how long its hero needs to say `title`. */
  timeHero(title) {
    return this.page.evaluate((title) => {
      window.notReloaded = true;
      window.addEventListener("click", watch, { capture: true, once: true });
      function watch(click) {
        const says = document.querySelector('[data-selvedge-placement="hero"] h2').textContent;
        if (says === title) window.heroChangedAfter = performance.now() - click.timeStamp;
        else requestAnimationFrame(() => watch(click));
      }
    }, title);
  }

  async addToCart() {
    await this.page.locator("[data-buy] [data-add-to-cart]").click();
  }

  /** Signs in the way a customer does. Ends on the account page. */
  async logIn({ email }) {
    await this.page.getByRole("link", { name: "Sign in" }).click();
    await this.page.getByLabel("E-mail").fill(email);
    await this.page.getByLabel("Password").fill("larkfell");
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.waitForURL("**/account");
  }

  async logOut() {
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await this.page.waitForURL((url) => url.pathname === "/");
  }

  /** Waits until everything that this browser has recorded is at the edge. */
  async delivered() {
    await until("an empty queue", () =>
      this.page.evaluate(() => Object.keys(localStorage).every((key) => !key.startsWith("selvedge_queue"))),
    );
  }

  /** The events of this browser's profile, oldest first; polls until there are `count` with this name or type. */
  async events(name, count = 1, anonymousId = undefined) {
    const id = anonymousId ?? (await this.anonymousId());
    let found;
    await until(`${count} × ${name} on the timeline`, async () => {
      const profile = await this.edge.profile(`anonymous_id:${id}`);
      found = profile && (await this.edge.timeline(`anonymous_id:${id}`)).reverse().filter((event) => isNamed(event, name));
      return found?.length >= count;
    });
    assert.equal(found.length, count, `${name}: ${JSON.stringify(found)}`);
    return found;
  }

  async screenshot(name, { size = DESKTOP } = {}) {
    mkdirSync(shots, { recursive: true });
    const { page } = this;
    await page.setViewportSize(size);
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: join(shots, `${name}.png`), animations: "disabled" });
    await page.setViewportSize(DESKTOP);
  }
}

export const isNamed = (event, name) => (event.type === "track" ? event.event : event.type) === name;
