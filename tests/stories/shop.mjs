// The example shop, open for one test file: a real edge, a real Chromium, and visitors who each have a browser of their own.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { launch } from "../harness/chromium.mjs";
import { Edge, until } from "../harness/edge.mjs";

const shots = resolve(import.meta.dirname, "../..", process.env.TEST_OUTPUT ?? "target/test-output");

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** The customers of the shop's demo. */
export const ADA = { id: "cust-1001", email: "ada@larkfell.example" };
export const BEN = { id: "cust-1002", email: "ben@larkfell.example" };

/** What the hero says on the home page and inside the shop, without an offer and with it. */
export const DEFAULT_HERO = { home: "Out before the fell wakes up", inside: "The 60-day trail test" };
export const RUNNING_WEEK = "Free running socks with your new shoes";

export const RUNNING_SHOES = "/products/skylark-4";

export class Shop {
  async open() {
    [this.edge, this.browser] = await Promise.all([Edge.start({ shop: true }), launch()]);
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
      const problems = () => visitors.flatMap((visitor) => visitor.problems);
      try {
        await tell({ enter, edge: this.edge, t });
      } catch (error) {
        for (const problem of problems()) t.diagnostic(problem);
        throw error;
      } finally {
        await Promise.all(visitors.map((visitor) => visitor.context.close()));
      }
      assert.deepEqual(problems(), []);
    };
  }
}

/** Runs in the page. */
function decided(placement) {
  return new Promise((known, fail) => {
    selvedge.onDecision(placement, known);
    setTimeout(() => fail(new Error(`no decision for ${placement} within 10 s`)), 10_000);
  });
}

/** One person with one browser. */
class Visitor {
  /** `expected`: what the console may say, as a pattern, because the test causes it. */
  static async enter({ edge, browser }, { expected, ...options } = {}) {
    const visitor = new Visitor();
    const context = await browser.newContext({ baseURL: edge.url, viewport: DESKTOP, ...options });
    Object.assign(visitor, { edge, context, expected, problems: [] });
    await visitor.openTab();
    return visitor;
  }

  async openTab() {
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(10_000);
    this.page.on("pageerror", (error) => this.problems.push(`pageerror: ${error.stack}`));
    this.page.on("console", (message) => {
      const text = `${message.type()}: ${message.text()} ${message.location().url}`;
      if (["error", "warning"].includes(message.type()) && !this.expected?.test(text)) this.problems.push(text);
    });
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
    await this.page.evaluate(decided, "hero");
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

  /** Opens a running shoe, adds it, and waits for what that earns: the running week's offer. */
  async earnRunningWeek() {
    await this.page.goto(RUNNING_SHOES);
    await this.decidedHero();
    await this.addToCart();
    await this.heroSays(RUNNING_WEEK);
  }

  heroSays(title) {
    return until(`the hero says “${title}”`, async () => (await this.heroTitle()) === title);
  }

  /** Clicks a link and waits until its page has loaded: its scripts run then. */
  async follow(link, path) {
    await link.click();
    await this.page.waitForURL((url) => url.pathname === path);
  }

  /** Signs in the way a customer does. Ends on the account page. */
  async logIn({ email }) {
    await this.follow(this.page.getByRole("link", { name: "Sign in" }), "/login");
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
  async events(name, count = 1) {
    const profile = `anonymous_id:${await this.anonymousId()}`;
    await until("a profile", () => this.edge.profile(profile));
    let found;
    await until(`${count} × ${name} on the timeline`, async () => {
      found = (await this.edge.timeline(profile)).reverse().filter((event) => isNamed(event, name));
      return found.length >= count;
    });
    assert.equal(found.length, count, `${name}: ${JSON.stringify(found)}`);
    return found;
  }

  /** A picture of what is in the window, also in the width of a phone. */
  async screenshot(name, size = DESKTOP) {
    mkdirSync(shots, { recursive: true });
    const { page } = this;
    await page.setViewportSize(size);
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForLoadState("networkidle");
    await page.evaluate(() => Promise.all(Array.from(document.querySelectorAll(".hero img"), (image) => image.decode())));
    await page.screenshot({ path: join(shots, `${name}.png`), animations: "disabled" });
    await page.setViewportSize(DESKTOP);
  }
}

export const isNamed = (event, name) => (event.type === "track" ? event.event : event.type) === name;
