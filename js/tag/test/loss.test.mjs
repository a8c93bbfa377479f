// No event is lost, whatever happens to the page, the tab, the browser, the network, the storage or the edge; and none is
// sent twice while its sender lives.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { launchIn, refusal, standing, visit } from "./browser.mjs";
import { Sink, TAG } from "./sink.mjs";

const EMPTY = "<p>no tag here</p>";
const queued = (page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("selvedge_queue:")).length);
const ready = async (page, sink, path = "/") => {
  await page.goto(sink.url + path);
  await page.waitForFunction("window.selvedge?.status === 'ready'");
};
const sent = (sink, name) =>
  sink.requests.flatMap((request) => (request.status === 200 ? request.batch : [])).filter((event) => event.event === name);

test("the events of a task are stored by one write, before the page's next task", () =>
  visit(async ({ sink, page }) => {
    sink.answer = () => ({ status: 503, headers: { "retry-after": "60" } });
    await ready(page, sink);
    await sink.until(() => sink.requests.length);
    const writes = await page.evaluate(async () => {
      const writes = [];
      const original = Storage.prototype.setItem;
      Storage.prototype.setItem = function (key, value) {
        writes.push([key, value]);
        original.call(this, key, value);
      };
      const { port1, port2 } = new MessageChannel();
      const nextTask = new Promise((done) => (port1.onmessage = () => done(writes.slice())));
      port2.postMessage(0);
      for (let n = 0; n < 5; n += 1) selvedge.track("Stored", { n });
      return nextTask;
    });
    assert.equal(writes.length, 1);
    assert.match(writes[0][0], /^selvedge_queue:demo:/);
    assert.equal(writes[0][1].match(/"event":"Stored"/g).length, 5);
  }));

for (const [moment, leave] of Object.entries({
  "right before a link is followed": async (page) => {
    await page.evaluate(() => {
      document.querySelector("a").addEventListener("click", () => selvedge.track("Last"));
      document.querySelector("a").click();
    });
    await page.waitForURL("**/empty");
  },
  "inside pagehide": async (page, sink) => {
    await page.evaluate(() => addEventListener("pagehide", () => selvedge.track("Last")));
    await page.goto(`${sink.url}/empty`);
  },
  "before the tab is closed": async (page) => {
    await page.evaluate(() => void selvedge.track("Last"));
    await page.close();
  },
  "before the page is frozen": async (page) => {
    await page.evaluate(() => {
      selvedge.track("Last");
      document.dispatchEvent(new Event("freeze"));
    });
  },
  "before the tab goes to the background": async (page) => {
    await page.evaluate(() => {
      selvedge.track("Last");
      Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
  },
}))
  test(`an event ${moment} arrives, once, though no page with the tag comes after`, () =>
    visit(async ({ sink, page }) => {
      sink.pages["/"] = `<a href="/empty">go</a>${TAG}`;
      sink.pages["/empty"] = EMPTY;
      await ready(page, sink);
      await sink.until(() => sink.named("page").length);
      await leave(page, sink);
      // Far sooner than events gather for company.
      await sink.until(() => sink.named("Last").length, moment, Date.now() + 1500);
      assert.equal(sent(sink, "Last").length, 1);
    }));

test("what a page sends as it is left may outlive it", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/empty"] = EMPTY;
    await page.addInitScript(() => {
      const { fetch } = window;
      window.fetch = (url, options) => {
        if (options?.method === "POST") sessionStorage.outlives = `${sessionStorage.outlives ?? ""} ${options.keepalive}`;
        return fetch(url, options);
      };
    });
    await ready(page, sink);
    await sink.until(() => sink.named("page").length);
    await page.evaluate(() => void selvedge.track("Last", { pad: "ü".repeat(20_000) }));
    await page.goto(`${sink.url}/empty`);
    await sink.until(() => sink.named("Last").length);
    assert.equal(await page.evaluate("sessionStorage.outlives"), " true true");
  }));

test("who leaves before another tab has settled who they are is heard all the same", () =>
  visit(async ({ sink, page, open }) => {
    sink.pages["/empty"] = EMPTY;
    const other = await open();
    await other.goto(`${sink.url}/empty`);
    await other.evaluate(() =>
      new Promise((held) => navigator.locks.request("selvedge:id", () => (held(), new Promise(() => {})))));
    await page.goto(sink.url);
    await page.waitForFunction(async () => (await navigator.locks.query()).pending.some(({ name }) => name === "selvedge:id"));
    await page.evaluate(() => void selvedge.track("Last", { n: 1 }));
    await page.goto(`${sink.url}/empty`);
    await sink.until(() => sink.named("Last")[0]);
    assert.deepEqual(sink.events.map(({ type, context }) => [type, context.page.path]), [["page", "/"], ["track", "/"]]);
    assert.equal(new Set(sink.events.map((event) => event.anonymousId)).size, 1);
    assert.equal(await page.evaluate("localStorage.selvedge_anonymous_id"), sink.events[0].anonymousId);
  }));

test("what is being packed when the page is left goes as it is", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `<div data-selvedge-placement="hero"></div>${TAG}`;
    sink.pages["/empty"] = EMPTY;
    await ready(page, sink);
    await sink.until(() => sink.named("page").length);
    const packing = await page.evaluate(() =>
      new Promise((packing) => {
        window.CompressionStream = class {
          constructor() {
            packing(true);
            return new TransformStream({ transform: () => new Promise(() => {}) });
          }
        };
        selvedge.track("Large", { pad: "x".repeat(2000) });
      }));
    assert.ok(packing);
    await page.goto(`${sink.url}/empty`);
    await sink.until(() => sink.named("Large").length);
    assert.equal(sent(sink, "Large").length, 1);
  }));

test("an event survives the crash of its tab, and is sent once by the tabs that are left", () =>
  visit(async ({ sink, page, open }) => {
    await ready(page, sink);
    const other = await open();
    await ready(other, sink, "/other");
    await sink.until(() => sink.named("page").length === 2);
    sink.answer = () => ({ status: 503, headers: { "retry-after": "1" } });
    await page.evaluate(() => selvedge.track("Before the crash"));
    await sink.until(async () => (await queued(other)) === 1);
    const cdp = await page.context().newCDPSession(page);
    cdp.send("Page.crash").catch(() => {});
    await page.waitForEvent("crash");
    sink.answer = () => ({});
    const next = await Promise.all([open(), open()]);
    await Promise.all(next.map((tab) => ready(tab, sink, "/next")));
    await sink.until(() => sent(sink, "Before the crash").length);
    await sink.until(async () => (await queued(other)) === 0);
    assert.equal(sent(sink, "Before the crash").length, 1);
  }));

test("a tab takes over what another has left, without a new page", () =>
  visit(async ({ sink, page, open }) => {
    await ready(page, sink);
    const other = await open();
    await ready(other, sink, "/other");
    await sink.until(() => sink.named("page").length === 2);
    sink.answer = () => ({ status: 503 });
    await page.evaluate(() => selvedge.track("Left"));
    await sink.until(async () => (await queued(other)) === 1);
    await page.close({ runBeforeUnload: false });
    sink.answer = () => ({});
    await other.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await sink.until(() => sent(sink, "Left").length);
    await sink.until(async () => (await queued(other)) === 0);
  }));

test("events survive the end of the browser while the edge is down", async () => {
  const folder = mkdtempSync(join(tmpdir(), "selvedge-browser-"));
  const sink = await new Sink().start();
  try {
    sink.answer = () => ({ status: 503 });
    const first = await launchIn(folder);
    const page = await first.newPage();
    await ready(page, sink);
    await page.evaluate(() => selvedge.track("Before the end"));
    await first.close();
    sink.answer = () => ({});
    const second = await launchIn(folder);
    await ready(await second.newPage(), sink, "/later");
    await sink.until(() => sent(sink, "Before the end").length);
    await second.close();
    assert.equal(sent(sink, "Before the end").length, 1);
    assert.deepEqual(sink.named("page").map((event) => event.context.page.path), ["/", "/later"]);
  } finally {
    sink.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("five minutes without the network lose nothing and end at once when it is back", () =>
  visit(async ({ sink, page, context }) => {
    await standing(page);
    await ready(page, sink);
    await sink.until(async () => (await page.clock.runFor(10), sink.named("page").length));
    await context.setOffline(true);
    for (let minute = 0; minute < 5; minute += 1) {
      await page.evaluate((minute) => selvedge.track("Offline", { minute }), minute);
      await page.clock.runFor(60_000);
    }
    assert.equal(sink.named("Offline").length, 0);
    const back = await page.evaluate("Date.now()");
    await context.setOffline(false);
    await sink.until(async () => {
      await page.clock.runFor(10);
      return sink.named("Offline").length === 5;
    });
    const [request] = sink.requests.slice(-1);
    const first = sink.named("Offline")[0];
    assert.ok(Date.parse(request.sentAt) - Date.parse(first.timestamp) >= 290_000, "the edge can tell when it happened");
    assert.ok(Date.parse(request.sentAt) - back < 1000, "at once");
    assert.equal(sent(sink, "Offline").length, 5);
  }));

test("an answer that breaks off is none: its events are sent again, and no others", () =>
  visit(async ({ sink, page }) => {
    await ready(page, sink);
    await sink.until(() => sink.named("page").length);
    let cuts = 1;
    sink.answer = () => ({ cut: cuts-- > 0 });
    await page.evaluate(() => selvedge.track("Half"));
    await sink.until(async () => sent(sink, "Half").length === 2 && (await queued(page)) === 0);
    const [one, two] = sent(sink, "Half");
    assert.equal(one.messageId, two.messageId);
    assert.equal(sink.events.length, 2);
  }));

test("a tab leaves to another what that still has", () =>
  visit(async ({ sink, page, open }) => {
    const keys = (tab) => tab.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("selvedge_queue:")));
    await ready(page, sink);
    await sink.until(() => sink.named("page").length);
    sink.answer = () => ({ status: 503, headers: { "retry-after": "2" } });
    await page.evaluate(() => selvedge.track("Still mine"));
    await sink.until(() => sink.requests.some((request) => request.status === 503));
    const [mine] = await keys(page);
    const other = await open();
    await ready(other, sink, "/other");
    await sink.until(() => sink.requests.filter((request) => request.status === 503).length === 2);
    assert.ok((await keys(other)).includes(mine));
    sink.answer = () => ({});
    await sink.until(async () => (await queued(page)) === 0);
    assert.equal(sent(sink, "Still mine").length, 1);
  }));

test("three tabs that speak at once send each event once", () =>
  visit(async ({ sink, page, open }) => {
    const tabs = [page, await open(), await open()];
    await Promise.all(tabs.map((tab, n) => ready(tab, sink, `/${n}`)));
    sink.answer = () => (Math.random() < 0.3 ? { status: 503 } : {});
    await Promise.all(tabs.map((tab) => tab.evaluate(async () => {
      for (let n = 0; n < 20; n += 1) {
        selvedge.track("Many", { n });
        await new Promise((done) => setTimeout(done, 60));
      }
    })));
    await sink.until(() => sink.named("Many").length === 60);
    await sink.until(async () => (await queued(page)) === 0);
    assert.equal(sent(sink, "Many").length, 60);
  }));

test("what is stored is bounded: the oldest page views go first, then the oldest of the rest, never orders", () =>
  visit(async ({ sink, page, open }) => {
    sink.answer = () => ({ status: 503, headers: { "retry-after": "300" } });
    const refused = await refusal(page);
    await ready(page, sink);
    await refused();
    await page.evaluate(async () => {
      const inTasks = async (count, one) => {
        for (let n = 0; n < count; n += 1) await one(n);
      };
      await inTasks(20, (n) => selvedge.track("Order Completed", { n }));
      await inTasks(300, (n) => selvedge.page("View", { n }));
      await inTasks(300, (n) => selvedge.track("Early", { n }));
      await inTasks(600, (n) => selvedge.track("Late", { n }));
    });
    const kept = await page.evaluate(() =>
      Object.keys(localStorage).filter((key) => key.startsWith("selvedge_queue:")).sort()
        .flatMap((key) => localStorage[key].split("\n").slice(1).map((json) => JSON.parse(json))));
    const numbers = (name) => kept.filter((event) => (event.event ?? event.name) === name).map((event) => event.properties.n);
    const range = (from, to) => Array.from({ length: to - from }, (_, n) => from + n);
    assert.equal(kept.length, 1000);
    assert.deepEqual(numbers("Order Completed"), range(0, 20));
    assert.deepEqual(numbers("Late"), range(0, 600));
    assert.deepEqual(numbers("Early"), range(0, 300));
    assert.deepEqual(numbers("View"), range(220, 300));
    // All of that arrives on a later page, in requests of its size.
    await page.close();
    sink.answer = () => ({});
    const next = await open();
    await ready(next, sink);
    await sink.until(async () => (await queued(next)) === 0);
    assert.equal(sent(sink, "Late").length, 600);
    assert.equal(sent(sink, "Order Completed").length, 20);
  }));

test("full storage costs nothing but the safety of what comes after", () =>
  visit(async ({ sink, page }) => {
    await ready(page, sink);
    await page.evaluate(() => {
      for (let size = 2 ** 22; size >= 1; size /= 2)
        try {
          for (let n = 0; ; n += 1) localStorage.setItem(`full ${size} ${n}`, "x".repeat(size));
        } catch {}
    });
    await page.evaluate(() => selvedge.track("No room"));
    await page.evaluate(() => selvedge.identify("u1", { plan: "gold" }));
    await sink.until(() => sink.named("No room").length && sink.named("identify").length);
    assert.equal(await page.evaluate("selvedge.user().id()"), "u1");
    assert.equal(sent(sink, "No room").length, 1);
  }));

test("storage that is cleared takes nothing from the page that is open", () =>
  visit(async ({ sink, page }) => {
    await ready(page, sink);
    await sink.until(() => sink.named("page").length);
    const before = await page.evaluate("selvedge.user().anonymousId()");
    await page.evaluate(async () => {
      await selvedge.track("Kept in mind");
      localStorage.clear();
    });
    await sink.until(() => sent(sink, "Kept in mind").length);
    assert.equal(await page.evaluate("selvedge.user().anonymousId()"), before, "the cookie remembers it");
  }));

test("who is blocked is not asked for ever, and the next page tries again", () =>
  visit(async ({ sink, page }) => {
    await page.clock.install();
    await page.addInitScript(() => {
      window.tries = 0;
      const { fetch } = window;
      window.fetch = (url, ...rest) => {
        if (/batch$/.test(url)) window.tries += 1;
        return fetch(url, ...rest);
      };
    });
    await page.route("**/v1/batch", (route) => route.abort("blockedbyclient"));
    await ready(page, sink);
    for (let minute = 0; minute < 30; minute += 1) {
      await page.clock.runFor(60_000);
      // A request that was made before this one has failed once this one is answered.
      await page.evaluate(() => fetch("/").then((response) => response.text()));
    }
    assert.equal(await page.evaluate("tries"), 12);
    await page.unroute("**/v1/batch");
    await ready(page, sink, "/next");
    await sink.until(async () => {
      await page.clock.runFor(100);
      return sink.named("page").length === 2;
    });
  }));

const signal = (page, name, value) =>
  page.addInitScript(([name, value]) => Object.defineProperty(Navigator.prototype, name, { get: () => value }), [name, value]);

for (const [attribute, name, value] of [["gpc", "globalPrivacyControl", true], ["dnt", "doNotTrack", "1"]])
  test(`a site may take ${name} for a refusal, which only the visitor's own yes overrules`, () =>
    visit(async ({ sink, page, context }) => {
      sink.pages["/"] = `<script async src="/tag.js" data-write-key="demo" data-${attribute}="refuse"></script>`;
      await signal(page, name, value);
      await ready(page, sink);
      await page.evaluate(() => selvedge.track("Not recorded"));
      assert.equal(await page.evaluate("Object.keys(localStorage).length"), 0);
      assert.deepEqual(await context.cookies(), []);
      await page.evaluate(() => selvedge.consent({ analytics: true }));
      await page.evaluate(() => selvedge.track("Recorded"));
      await sink.until(() => sink.named("Recorded").length);
      assert.equal(sink.named("Not recorded").length, 0);
    }));

test("a signal alone refuses nothing where the site leaves it to the edge", () =>
  visit(async ({ sink, page }) => {
    await signal(page, "globalPrivacyControl", true);
    await ready(page, sink);
    await sink.until(() => sink.named("page").length);
  }));
