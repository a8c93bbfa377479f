// A site whose pages load a client from npm, on another origin than the edge, and a Chromium to visit it.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { launch } from "../harness/chromium.mjs";
import { build } from "./packages.mjs";

/** A npm package as one script, which a page finds as `client`. */
async function script(name) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from "${name}"`, resolveDir: resolve(import.meta.dirname, "../../js") },
    bundle: true,
    format: "iife",
    globalName: "client",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0].text;
}

export class Site {
  #server;

  /** @param {string} name of the package on all of its pages */
  static async open(name) {
    const site = new Site();
    const client = await script(name);
    site.#server = createServer((request, response) => {
      const [type, body] = request.url.startsWith("/client.js")
        ? ["text/javascript", client]
        : ["text/html", '<!doctype html><link rel="icon" href="data:,"><title>Shop</title><script src="/client.js"></script>'];
      response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
    });
    await new Promise((done) => site.#server.listen(0, "127.0.0.1", done));
    site.url = `http://127.0.0.1:${site.#server.address().port}/?utm_source=newsletter&utm_campaign=spring`;
    site.browser = await launch();
    return site;
  }

  async close() {
    await this.browser.close();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** Runs `use` with a page in a fresh browser; fails when the page had anything to complain of, but for what is `expected`. */
  async visit(use, { expected } = {}) {
    const context = await this.browser.newContext();
    const problems = [];
    const page = await context.newPage();
    page.on("pageerror", (error) => problems.push(`pageerror: ${error.stack}`));
    page.on("console", (message) => {
      const text = `${message.text()} ${message.location().url}`;
      if (["error", "warning"].includes(message.type()) && !expected?.test(text)) problems.push(text);
    });
    try {
      await page.goto(this.url);
      await use(page);
      assert.deepEqual(problems, []);
    } finally {
      await context.close();
    }
  }
}
