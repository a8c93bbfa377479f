// A Next.js site with the tag's package as npm packs it: built, started, rendered by its server without a window, taken over in a browser.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../../../tests/harness/edge.mjs";
import { visit } from "./browser.mjs";
import { decision } from "./sink.mjs";

const site = resolve(import.meta.dirname, "frameworks/next");
const next = resolve(site, "../node_modules/next/dist/bin/next");
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };

let url;
let server;

/** The packed package, where the site finds it before the link that the other frameworks use. */
const install = () => {
  const folder = join(site, "node_modules/@selvedge/tag");
  rmSync(join(site, "node_modules"), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder, resolve(import.meta.dirname, "..")], { encoding: "utf8", stdio: "pipe" });
  const [{ filename }] = Object.values(JSON.parse(packed));
  execFileSync("tar", ["-xzf", join(folder, filename), "-C", folder, "--strip-components=1"]);
};

const html = async (deadline = Date.now() + 60_000) => {
  for (;;) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
};

before(async () => {
  install();
  execFileSync(process.execPath, [next, "build"], { cwd: site, env, stdio: "pipe" });
  const port = await freePort();
  url = `http://127.0.0.1:${port}/`;
  server = spawn(process.execPath, [next, "start", "--hostname", "127.0.0.1", "--port", `${port}`], { cwd: site, env, stdio: "ignore" });
});
after(async () => {
  if (!server) return;
  const ended = once(server, "exit");
  server.kill();
  await ended;
});

test("Next builds it, and its server renders the page's own content", async () => {
  const text = await html();
  for (const part of ['data-selvedge-placement="hero"', "own hero", "not decided", "own side"]) assert.ok(text.includes(part), part);
});

test("in the browser the page is taken over, and shows what is decided", () =>
  visit(async ({ sink, page, problems }) => {
    await html();
    sink.answer = ({ decide }) => ({ decisions: (decide?.placements ?? []).map((name) => decision(name, `${name}-offer`, `<b>${name}</b>`)) });
    await page.route(/\/(tag\.js|tag\/|v1\/batch)/, (route) => route.continue({ url: sink.url + new URL(route.request().url()).pathname }));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await page.goto(url);
    await page.locator("section[data-selvedge-offer=hero-offer] b").waitFor();
    await page.locator("selvedge-placement b").waitFor();
    await page.getByText("note-offer").waitFor();
    await sink.until(() => sink.named("Started").length === 1);
  }));
