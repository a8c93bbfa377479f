// Segment's calls: what pages on analytics.js say, said to `selvedge`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { TAG } from "./sink.mjs";

const MANUAL = '<script async src="/tag.js" data-write-key="demo" data-page-views="manual"></script>';

const start = async (sink, page) => {
  sink.pages["/"] = MANUAL;
  await page.goto(sink.url);
  await page.waitForFunction("window.selvedge?.status === 'ready'");
};

test("group, alias and page say what Segment's say", () =>
  visit(async ({ sink, page }) => {
    await start(sink, page);
    const anonymousId = await page.evaluate("selvedge.user().anonymousId()");
    const ids = await page.evaluate(() =>
      Promise.all([
        selvedge.alias("u1"),
        selvedge.identify("u1"),
        selvedge.alias("u2", "u0"),
        selvedge.group(7, { plan: "team" }),
        selvedge.page("Docs", "Start", { depth: 2 }),
      ]));
    await sink.until(() => sink.events.length === 5);
    const [first, , second, group, view] = sink.events;
    assert.deepEqual(sink.events.map((event) => event.messageId), ids);
    assert.deepEqual([first.type, first.userId, first.previousId], ["alias", "u1", anonymousId]);
    assert.deepEqual([second.userId, second.previousId], ["u2", "u0"]);
    assert.deepEqual([group.type, group.groupId, group.traits, group.userId], ["group", "7", { plan: "team" }, "u1"]);
    assert.deepEqual([view.name, view.properties.category, view.properties.depth], ["Start", "Docs", 2]);
  }));

test("options give an event its time, its context and its integrations", () =>
  visit(async ({ sink, page }) => {
    await start(sink, page);
    await page.evaluate(() =>
      selvedge.track("Imported", { n: 1 }, {
        messageId: "shop-7", timestamp: "2026-01-02T03:04:05.000Z", context: { active: false }, integrations: { All: false },
      }));
    await sink.until(() => sink.named("Imported").length);
    const [event] = sink.named("Imported");
    assert.equal(event.messageId, "shop-7");
    assert.equal(event.timestamp, "2026-01-02T03:04:05.000Z");
    assert.equal(event.context.active, false);
    assert.equal(event.context.page.path, "/");
    assert.deepEqual(event.integrations, { All: false });
  }));

test("listeners hear calls, once or until they are taken off, and their errors are their own", () =>
  visit(async ({ sink, page, problems }) => {
    await start(sink, page);
    const heard = await page.evaluate(async () => {
      const heard = [];
      const always = (...call) => heard.push(["always", ...call]);
      selvedge.on("track", always).once("track", (name) => heard.push(["once", name])).on("reset", () => heard.push(["reset"]));
      selvedge.on("track", () => { throw new Error("theirs"); });
      selvedge.track("One", { n: 1 }, { context: {} });
      await selvedge.track("Two");
      selvedge.off("track", always);
      await selvedge.track("Three");
      await selvedge.reset();
      return heard;
    });
    assert.deepEqual(heard, [["always", "One", { n: 1 }, { context: {} }], ["once", "One"], ["always", "Two"], ["reset"]]);
    await sink.until(() => sink.named("Three").length);
    await sink.until(() => problems.length === 3, () => problems.join());
    assert.ok(problems.every((problem) => problem.includes("theirs")));
  }, { allowWarnings: true }));

test("middleware sees each event with its context, changes it, or keeps it to itself", () =>
  visit(async ({ sink, page }) => {
    sink.pages["/"] = `${MANUAL.replace(" async", "")}<script>
      selvedge.use(function (middleware) {
        var event = middleware.payload.obj;
        if (event.event === "Secret") return;
        event.properties.path = event.context.page.path;
        middleware.next(middleware.payload);
      }).track("Early");
    </script>`;
    await page.goto(sink.url);
    await page.waitForFunction("window.selvedge?.status === 'ready'");
    await page.evaluate(() => selvedge.track("Secret"));
    await page.evaluate(() => selvedge.track("Open", { n: 1 }));
    await sink.until(() => sink.named("Open").length);
    assert.deepEqual(sink.events.map((event) => [event.event, event.properties]), [["Early", { path: "/" }], ["Open", { n: 1, path: "/" }]]);
  }));

test("debug says what happens, and why something does not", () =>
  visit(async ({ sink, page, problems }) => {
    await start(sink, page);
    await page.evaluate(() => selvedge.track("Silent"));
    await sink.until(() => sink.named("Silent").length);
    await page.evaluate(async () => {
      selvedge.debug();
      await selvedge.track("Said");
      await selvedge.consent({ analytics: false });
      await selvedge.track("Refused");
    });
    await sink.until(() => problems.some((said) => said.startsWith("selvedge: answer 200")));
    assert.equal(problems.filter((said) => said.includes("Silent") && said.includes("event")).length, 0);
    assert.ok(problems.some((said) => said.startsWith("selvedge: event")));
    assert.ok(problems.some((said) => /^selvedge: skipped consent is refused track/.test(said)));
  }, { allowWarnings: true }));

test("every method gives a promise, and what hangs itself in gives the tag", () =>
  visit(async ({ sink, page }) => {
    await start(sink, page);
    const kindsOf = (methods) =>
      page.evaluate((methods) => {
        const kinds = methods.split(" ").map((method) => {
          const result = selvedge[method]("x", () => {});
          return [method, result instanceof Promise ? "promise" : result === selvedge ? "tag" : typeof result];
        });
        selvedge.debug(false);
        return Object.fromEntries(kinds);
      }, methods);
    const kinds = {
      ...await kindsOf("page track identify group alias reset consent decide onDecision on off once use ready"),
      // In a task of its own: it says what was recorded in the same one, too.
      ...await kindsOf("debug"),
    };
    for (const [method, kind] of Object.entries(kinds)) assert.equal(kind, /^(on|off|once|use|debug)$/.test(method) ? "tag" : "promise", method);
  }));
