// The tag as a module: in a browser, in a bundle, and on a server.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { visit } from "./browser.mjs";

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
