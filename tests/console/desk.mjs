// The console of a real edge in a real Chromium, for one test file: people who sign in, and what they see.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { launch } from "../harness/chromium.mjs";
import { ADMIN_KEY, Device, Edge, identityToken, until } from "../harness/edge.mjs";

const shots = resolve(import.meta.dirname, "../..", process.env.TEST_OUTPUT ?? "target/test-output");
const require = createRequire(new URL("../../js/package.json", import.meta.url));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
/** The narrowest that pages must fit in without scrolling sideways. */
const NARROW = { width: 320, height: 640 };
/** Each width and each colour scheme is looked through once for what somebody can't use: that takes a second. */
const SIGHTS = [
  ["desktop-light", DESKTOP, "light", true], ["desktop-dark", DESKTOP, "dark"], ["phone-light", PHONE, "light"], ["phone-dark", PHONE, "dark", true],
];

/** The files that are published. */
export const published = async (edge) => (await (await edge.admin("/v1/config")).json()).files;

export class Desk {
  /** `options` of the edge: `shop`, for the example shop beside it. */
  async open(options) {
    [this.edge, this.browser] = await Promise.all([Edge.start(options), launch()]);
  }

  async close() {
    await this.browser.close();
    await this.edge.close();
  }

  /** A test in which people sit down: `tell({ sit, edge, t })`. It fails when a page had a problem of its own. */
  story(tell) {
    return async (t) => {
      const people = [];
      const sit = async (options) => {
        people.push(await Person.sit(this, options));
        return people.at(-1);
      };
      const problems = () => people.flatMap((person) => person.problems);
      try {
        await tell({ sit, edge: this.edge, t });
      } catch (error) {
        for (const problem of problems()) t.diagnostic(problem);
        for (const [index, { page }] of people.entries()) {
          mkdirSync(shots, { recursive: true });
          await page.screenshot({ path: join(shots, `console-failed-${index}.png`), fullPage: true }).catch(() => {});
        }
        throw error;
      } finally {
        await Promise.all(people.map((person) => person.context.close()));
      }
      assert.deepEqual(problems(), []);
    };
  }

  /** A key of a role, for somebody. */
  async key(role, name) {
    const response = await this.edge.admin("/v1/keys", { method: "POST", body: JSON.stringify({ name, role }) });
    return (await response.json()).key;
  }

  /** A customer whose second device joined the first: with traits, a cart, a segment and a refused link. */
  async customer(userId) {
    const [phone, laptop] = [new Device(this.edge), new Device(this.edge)];
    const product = { product_id: "skylark-4", name: "Skylark 4", category: "Running shoes", price: 149, currency: "EUR", quantity: 1 };
    const shoes = { type: "track", event: "Product Added", properties: product };
    const page = (title) => ({ type: "page", properties: { title, path: "/" }, context: { page: { title, path: "/" } } });
    await phone.send([page("Running shoes")]);
    await phone.identify(userId, { tier: "gold" });
    await laptop.send([page("Skylark 4"), shoes]);
    const token = identityToken(userId, { claims: { email: `${userId}@example.com` } });
    await laptop.identify(userId, { city: "Ulm", email: `${userId}@example.com` }, { token });
    // Another customer says that the address is theirs: that link is refused.
    await this.edge.send({ writeKey: "demo-server", batch: [{ type: "identify", messageId: `refused-${userId}`, userId: `${userId}-2`, traits: { email: `${userId}@example.com` } }] });
    await until("both devices are one person", async () => (await this.edge.profile(`user_id:${userId}`))?.merges.length === 1);
    return { phone, laptop };
  }
}

/** Somebody with a browser. */
class Person {
  static async sit({ edge, browser }, { key = ADMIN_KEY, ...options } = {}) {
    const person = new Person();
    const context = await browser.newContext({ baseURL: edge.url, viewport: DESKTOP, locale: "en-GB", timezoneId: "Europe/Berlin", reducedMotion: "reduce", ...options });
    Object.assign(person, { edge, context, key, problems: [] });
    person.page = await context.newPage();
    person.page.setDefaultTimeout(15_000);
    person.page.on("pageerror", (error) => person.problems.push(`pageerror: ${error.stack}`));
    person.page.on("console", (message) => {
      const { url } = message.location();
      // A browser says each 4xx itself; those are answers that the console shows.
      if (message.type() === "error" && !/Failed to load resource/.test(message.text())) person.problems.push(`${message.text()} ${url}`);
    });
    return person;
  }

  async signIn(path = "/console") {
    await this.page.goto(path);
    await this.page.getByLabel(/^Key/).fill(this.key);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.getByRole("navigation", { name: "Pages" }).waitFor();
  }

  /** To a page by the menu. */
  async open(name) {
    await this.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
    await this.heading(name);
  }

  heading(name) {
    return this.page.getByRole("heading", { level: 1, name }).waitFor();
  }

  dialog(name) {
    return this.page.getByRole("dialog", { name });
  }

  /** Pictures of what is there, light and dark, on a desk and in a hand; nothing in it that somebody can't use. */
  async look(name) {
    mkdirSync(shots, { recursive: true });
    for (const [sight, viewport, colorScheme, whole] of SIGHTS) {
      await this.page.setViewportSize(viewport);
      await this.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      // Colours change in a moment, and a skeleton is not the page.
      await this.page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
      await this.page.screenshot({ path: join(shots, `console-${name}-${sight}.png`), fullPage: true, animations: "disabled" });
      assert.ok((await this.tooWide()) <= 0, `${name}, ${sight}: ${await this.tooWide()} pixels too wide`);
      assert.deepEqual(await this.cutOff(), [], `${name}, ${sight}`);
      if (whole) assert.deepEqual(await this.violations(), [], `${name}, ${sight}`);
    }
    await this.page.setViewportSize(NARROW);
    assert.ok((await this.tooWide()) <= 0, `${name}, narrow: ${await this.tooWide()} pixels too wide`);
    await this.page.setViewportSize(DESKTOP);
    await this.page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  }

  /** Milliseconds of a processor that the page has taken, whoever else wanted one. */
  async taken() {
    this.meter ??= this.context.newCDPSession(this.page).then(async (browser) => {
      await browser.send("Performance.enable", { timeDomain: "threadTicks" });
      return browser;
    });
    const { metrics } = await (await this.meter).send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  }

  /** What `act` costs: milliseconds of a processor, what it asks the edge for, and the largest answer. */
  async cost(act) {
    const asked = [];
    const note = (request) => new URL(request.url()).pathname.startsWith("/v1/") && asked.push(request);
    this.page.on("request", note);
    const before = await this.taken();
    await act();
    const processor = Math.round((await this.taken()) - before);
    this.page.off("request", note);
    const answers = await Promise.all(asked.map(async (request) => (await (await request.response())?.body())?.length ?? 0));
    return { processor, requests: asked.map((request) => new URL(request.url()).pathname), bytes: Math.max(0, ...answers) };
  }

  /** Labels of a word or two that are cut off. */
  cutOff() {
    const labels = ".mantine-Badge-label, .mantine-Button-label";
    return this.page.locator(labels).evaluateAll((all) => all.filter((label) => label.textContent.length <= 40 && label.scrollWidth > label.clientWidth + 1).map((label) => label.textContent));
  }

  /** By how much one has to scroll sideways. */
  tooWide() {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  async violations() {
    // Through the browser's own tools: the page's policy lets no script of others run.
    const { violations } = await this.page.evaluate(`${axe}; axe.run()`);
    return violations
      .filter(({ impact }) => ["serious", "critical"].includes(impact))
      .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(" | ")}`);
  }
}
