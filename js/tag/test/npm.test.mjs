// The tag as a module: in a browser, in a bundle, and on a server.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { visit } from "./browser.mjs";
import { decision } from "./sink.mjs";

const module = fileURLToPath(new URL("../npm/index.js", import.meta.url));

test("on a server it can be imported, and every call does nothing", async () => {
  const selvedge = await import("../npm/index.js");
  for (const [name, call] of Object.entries(selvedge)) {
    const result = await call("x", {});
    if (name !== "user") assert.equal(result, undefined, name);
  }
  assert.equal(selvedge.user().id(), null);
});

test("each of its functions is typed", async () => {
  const types = readFileSync(module.replace(".js", ".d.ts"), "utf8");
  for (const name of Object.keys(await import("../npm/index.js"))) assert.match(types, new RegExp(`export function ${name}[<(]`));
});

test("it has each call of the tag's, and each attribute is an option", async () => {
  const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
  const [, methods] = /METHODS =\s*"([^"]+)"/.exec(read("../loader.js"));
  const exported = Object.keys(await import("../npm/index.js"));
  // What a dataLayer is told the loader hears by itself; ready is what `load` gives.
  assert.deepEqual([...methods.split(" ").filter((name) => name !== "heard"), "load", "user"].sort(), exported.sort());
  const types = read("../npm/index.d.ts");
  const heard = /type Method = (.+);/.exec(types)[1];
  for (const name of "track page screen identify group alias reset consent decide onDecision".split(" ")) assert.ok(heard.includes(`"${name}"`), name);
  const [, options] = /interface Options \{([^}]+)\}/.exec(types);
  const [table] = /\| attribute \| meaning \|[^]+?\n\n/.exec(read("../README.md"));
  const attributes = [...table.matchAll(/^\| (`data-[^|]+) \|/gm)].flatMap(([, cell]) => cell.match(/data-[a-z-]+/g));
  const named = attributes.map((name) => name.slice(5).replace(/-(.)/g, (_, letter) => letter.toUpperCase()));
  assert.deepEqual(named.filter((name) => name !== "writeKey").sort(), options.match(/\w+(?=\?:)/g).sort());
});

test("an element that is named another way shows what is decided for that, whether it had a name before or not", () =>
  visit(async ({ sink, page }) => {
    const { outputFiles: [{ text }] } = await build({
      stdin: { contents: `import { load } from "@selvedge/tag"; import "@selvedge/tag/element"; load("demo", { src: "/tag.js" });`,
        resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      bundle: true, format: "esm", write: false,
      alias: { "@selvedge/tag": module, "@selvedge/tag/element": module.replace("index", "element") },
    });
    sink.answer = ({ decide }) => ({
      decisions: (decide?.placements ?? []).map((name) => decision(name, `${name}-offer`, `<b>for ${name}</b>`)),
    });
    sink.pages["/"] = `<selvedge-placement name="one">own</selvedge-placement><script type="module">${text}</script>`;
    await page.goto(sink.url);
    const shows = (name) => page.locator(`selvedge-placement[data-selvedge-offer=${name}-offer]`, { hasText: `for ${name}` }).waitFor();
    await shows("one");
    await page.evaluate(() => document.querySelector("selvedge-placement").setAttribute("name", "two"));
    await shows("two");
    // What was known before as well.
    await page.evaluate(() => document.querySelector("selvedge-placement").setAttribute("name", "one"));
    await shows("one");
    await page.evaluate(() => {
      const late = document.createElement("selvedge-placement");
      document.body.append(late);
      late.setAttribute("name", "three");
    });
    await shows("three");
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("selvedge-placement")].map(({ decision }) => decision.offer)), ["one-offer", "three-offer"]);
  }));

test("where the tag is blocked nothing is thrown into a bundled page, which may still look", () =>
  visit(async ({ sink, page }) => {
    const { outputFiles: [{ text }] } = await build({
      stdin: { contents: `import { load } from "@selvedge/tag"; load("demo", { src: "/tag.js" });
        load("demo", { src: "/tag.js" }).catch(() => setTimeout(() => (window.told = true)));`, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      bundle: true, format: "esm", write: false, alias: { "@selvedge/tag": module },
    });
    await page.route("**/tag.js", (route) => route.abort("blockedbyclient"));
    sink.pages["/"] = `<script>addEventListener("unhandledrejection", () => (window.thrown = true))</script><script type="module">${text}</script>`;
    await page.goto(sink.url);
    await page.waitForFunction("window.told");
    assert.equal(await page.evaluate("window.thrown"), undefined);
  }));

test("a bundled page loads the tag, and what it said before arrives", () =>
  visit(async ({ sink, page }) => {
    const bundled = await build({
      stdin: {
        contents: `import { load, page, track, user } from "@selvedge/tag";
          track("Early", { n: 1 }).then((id) => (window.early = id));
          load("demo", { src: "/tag.js", pageViews: "manual" }).then(() => (window.known = user().anonymousId()));
          page("Start");`,
        resolveDir: fileURLToPath(new URL(".", import.meta.url)),
      },
      bundle: true, format: "esm", write: false, minify: true, alias: { "@selvedge/tag": module },
    });
    const [{ text }] = bundled.outputFiles;
    assert.ok(!text.includes("alias"), "what is not used is not in it");
    sink.pages["/"] = `<script type="module">${text}</script>`;
    await page.goto(sink.url);
    await sink.until(() => sink.events.length === 2);
    assert.deepEqual(sink.events.map((event) => event.event ?? event.name), ["Early", "Start"]);
    assert.equal(await page.evaluate("early"), sink.events[0].messageId);
    assert.equal(await page.evaluate("known"), sink.events[0].anonymousId);
  }));
