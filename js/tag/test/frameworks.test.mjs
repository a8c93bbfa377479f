// The npm build as sites use it: bundled by Vite, rendered by React on a server and taken over in a browser, checked by TypeScript.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { visit } from "./browser.mjs";
import { decision } from "./sink.mjs";

const folder = resolve(import.meta.dirname, "frameworks");
const bin = (name) => join(folder, "node_modules/.bin", name);

let out;
let script;
let render;

before(async () => {
  out = mkdtempSync(join(tmpdir(), "selvedge-vite-"));
  const { build } = await import(pathToFileURL(join(folder, "node_modules/vite/dist/node/index.js")).href);
  // The package is a link to its folder, which has no React of its own.
  const common = { root: join(folder, "site"), configFile: false, logLevel: "error", resolve: { dedupe: ["react", "react-dom"] } };
  await build({ ...common, build: { outDir: join(out, "browser"), emptyOutDir: true } });
  await build({ ...common, ssr: { noExternal: true }, build: { ssr: "server.jsx", outDir: join(out, "server"), emptyOutDir: true } });
  const assets = join(out, "browser/assets");
  script = readFileSync(join(assets, readdirSync(assets).find((name) => name.endsWith(".js"))), "utf8");
  ({ render } = await import(pathToFileURL(join(out, "server/server.js")).href));
});
after(() => rmSync(out, { recursive: true, force: true }));

test("on a server a page renders with its own content, and nothing asks for a window", () => {
  const html = render();
  assert.match(html, /<section[^>]*data-selvedge-placement="hero"[^>]*><h2>own hero<\/h2><\/section>/);
  assert.match(html, /own strip/);
  assert.match(html, /not decided/);
});

for (const how of ["rendered on a server", "rendered in the browser", "under a policy with Trusted Types"])
  test(`a page that is ${how} shows what is decided, counts what is seen, and follows the next decision`, () =>
    visit(async ({ sink, page, problems }) => {
      let hero = "<h2>week</h2><button data-selvedge-dismiss>close</button>";
      const answer = (sink.answer = ({ decide }) => ({
        decisions: (decide?.placements ?? []).map((name) => ({
          hero: decision("hero", hero && "week", hero),
          strip: { ...decision("strip", "s"), content: { type: "json", json: { text: "from json" } }, token: "t" },
          note: decision("note", "n", "<p>n</p>"),
          side: decision("side", "side", "<u>side</u>"),
        })[name]).filter(Boolean),
      }));
      if (how.includes("policy"))
        sink.headers = {
          "content-security-policy":
            "script-src 'nonce-n' 'strict-dynamic' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types selvedge",
        };
      sink.pages["/"] = `<div id="root">${how.includes("server") ? render() : ""}</div><script type="module" nonce="n">${script}</script>`;
      page.on("console", (message) => message.type() === "error" && !/status of 503/.test(message.text()) && problems.push(message.text()));
      await page.goto(sink.url);
      await page.getByText("week").waitFor();
      await page.getByText("from json").waitFor();
      await page.locator("#note", { hasText: "n" }).waitFor();
      await page.locator("selvedge-placement u").waitFor();
      assert.equal(await page.locator("selvedge-placement").evaluate((element) => element.decision.offer), "side");
      assert.equal(await page.getAttribute("section.wide", "data-selvedge-offer"), "week");
      await sink.until(() => sink.named("Promotion Viewed").length >= 3, "seen", Date.now() + 8000);
      await page.getByText("from json").click();
      await sink.until(() => sink.named("Promotion Clicked").length);
      assert.equal(sink.named("Promotion Clicked")[0].properties.promotion_id, "s");
      // What the visitor dismisses stays away, also when it is decided again.
      await page.getByText("close").click();
      await page.getByText("own hero").waitFor();
      await page.evaluate(() => selvedge.decide());
      assert.equal(await page.getByText("week").count(), 0);
      hero = "<h2>other</h2>";
      await page.evaluate(() => selvedge.track("Product Viewed"));
      await page.getByText("other").waitFor();
      // Whoever logs out takes it along, though nobody answers.
      sink.answer = () => ({ status: 503 });
      await page.evaluate(() => selvedge.reset());
      await page.getByText("own hero").waitFor();
      await page.getByText("not decided").waitFor();
      assert.equal(await page.getByText("other").count(), 0);
      hero = null;
      sink.answer = answer;
      await page.evaluate(() => selvedge.track("Product Added"));
      await page.locator("#note", { hasText: /^n$/ }).waitFor();
      await page.getByText("own hero").waitFor();
      assert.equal(sink.named("Started").length, 1);
    }));

test("everything is typed, and what must not be let through is not", () => {
  execFileSync(bin("tsc"), ["--project", folder], { encoding: "utf8", stdio: "pipe" });
});
