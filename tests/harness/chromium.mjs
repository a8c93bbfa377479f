// The Chromium that tests drive: `CHROMIUM` names it, or it is an installed one.

import { existsSync } from "node:fs";
import { USER_AGENT } from "./edge.mjs";
import { chromium } from "./packages.mjs";

const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const usual = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
  // A visitor's browser: one that says that a program drives it is a bot's.
  "--disable-blink-features=AutomationControlled", `--user-agent=${USER_AGENT}`,
];

export const launch = ({ args = [], ...options } = {}) =>
  chromium.launch({ executablePath, args: [...usual, ...args], ...options });

/** A browser that keeps what it stores in `folder`, for the next one that is opened there. */
export const launchIn = (folder, { args = [], ...options } = {}) =>
  chromium.launchPersistentContext(folder, { executablePath, args: [...usual, ...args], ...options });
