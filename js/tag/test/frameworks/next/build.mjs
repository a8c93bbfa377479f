// A Next.js site with the tag's package as npm packs it: built, started, asked for its page. It takes minutes and hundreds of
// megabytes, so no check runs it: `node js/tag/test/frameworks/next/build.mjs`.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const NEXT = "16.4.6";
const REACT = "19.3.1";

const folder = mkdtempSync(join(tmpdir(), "selvedge-next-"));
const npm = (...args) => execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

const freePort = async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
};

async function page(url, deadline = Date.now() + 60_000) {
  for (;;) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((next) => setTimeout(next, 100));
  }
}

let site;
try {
  cpSync(join(import.meta.dirname, "app"), join(folder, "app"), { recursive: true });
  const [packed] = JSON.parse(npm("pack", "--json", "--pack-destination", folder, resolve(import.meta.dirname, "../../..")));
  const dependencies = { next: NEXT, react: REACT, "react-dom": REACT, "@selvedge/tag": `file:${packed.filename}` };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  npm("install", "--no-fund", "--no-audit", "--loglevel=error");
  const next = join(folder, "node_modules/next/dist/bin/next");
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
  execFileSync(process.execPath, [next, "build"], { cwd: folder, env, stdio: "inherit" });
  const port = await freePort();
  site = spawn(process.execPath, [next, "start", "--port", `${port}`], { cwd: folder, env, stdio: "inherit" });
  const html = await page(`http://127.0.0.1:${port}/`);
  for (const part of ['data-selvedge-placement="hero"', "own hero", "not decided", "own side"]) assert.ok(html.includes(part), part);
  console.log(`Next ${NEXT}: built, and the page comes from the server with its own content`);
} finally {
  if (site) {
    site.kill();
    await once(site, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
}
