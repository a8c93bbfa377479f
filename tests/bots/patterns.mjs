// The patterns of npm `isbot`, as engine/src/bot/isbot.txt has them. A new version of isbot: `npm install --save-dev isbot@…` in
// js, then `node tests/bots/patterns.mjs > engine/src/bot/isbot.txt`.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../../js/package.json", import.meta.url));
const { version, license } = require("isbot/package.json");

/** The file. */
export const patterns = () =>
  [
    `# User agents that are no browser's: the patterns of npm isbot ${version} (https://isbot.js.org), which is in the public domain`,
    `# (${license}, https://unlicense.org). One a line, for text in lower case. Written by tests/bots/patterns.mjs: not by hand.`,
    ...require("isbot").list,
    "",
  ].join("\n");

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.stdout.write(patterns());
