// One Chromium for all tests; each test has its own sink and a fresh browser profile.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { Sink } from "./sink.mjs";

const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const options = {
  executablePath,
  // Visitors' browsers have this cache.
  ignoreDefaultArgs: ["--disable-back-forward-cache"],
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
};
const browser = await chromium.launch(options);
after(() => browser.close());

/** A browser of its own that keeps what it knows in `folder`, as a visitor's does. */
export const launchIn = (folder) => chromium.launchPersistentContext(folder, options);

/** A browser that shows a page and that nothing looks into. */
export async function alone(url) {
  const folder = mkdtempSync(join(tmpdir(), "selvedge-browser-"));
  const running = spawn(executablePath, [...options.args, "--headless=new", `--user-data-dir=${folder}`, url], { stdio: "ignore" });
  const ended = once(running, "exit");
  return {
    async close() {
      running.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Runs `use` with a sink and a page, and fails when the page threw or warned unless the test expects it. */
export async function visit(use, { allowWarnings = false } = {}) {
  const sink = await new Sink().start();
  const context = await browser.newContext({ locale: "de-DE", timezoneId: "Europe/Berlin" });
  const problems = [];
  const open = async () => {
    const page = await context.newPage();
    page.on("pageerror", (error) => problems.push(`error: ${error.stack}`));
    page.on("console", (message) => message.text().startsWith("selvedge") && problems.push(message.text()));
    return page;
  };
  try {
    await use({ sink, context, open, problems, page: await open() });
    if (!allowWarnings && problems.length) throw new Error(problems.join("\n"));
  } finally {
    await context.close();
    sink.stop();
  }
}

/** For the pages that come, time stands; only `page.clock.runFor` moves it, however slow the machine is. */
export async function standing(page) {
  const time = Date.now();
  await page.clock.install({ time });
  await page.clock.pauseAt(time + 60_000);
}

/**
 * Gives a function that waits until the page knows of a refusal by 503. What is on its way is never given up for room, so a
 * test of what is has to know that nothing is.
 */
export async function refusal(page) {
  await page.addInitScript(() => {
    const { fetch } = window;
    window.fetch = async (...call) => {
      const answer = await fetch(...call);
      window.isRefused ||= answer.status === 503;
      return answer;
    };
  });
  return () => page.waitForFunction("window.isRefused");
}
