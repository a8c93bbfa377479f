// The shop that is visited: each page has one client on it, or none, and links to both kinds.

import { createServer } from "node:http";

/** `begin` is where a page has its client: the first thing that it does with it is its page view. */
const BEGIN = `<script>
  var begun = new Promise(function (done) {
    window.begin = function (client) {
      window.client = client;
      client.page({ mark: window.viewMark });
      Promise.resolve(client.ready).then(done);
    };
  });
</script>`;

const body = (placement) => `<h1>Skylark 4</h1>
<p>A light shoe for long days.</p>
${placement ? '<div data-selvedge-placement="hero"><p>The 60-day trail test</p></div>' : ""}
<button id="add">Add to cart</button>
<a id="plain" href="/plain">Imprint</a> <a id="next" href="?again">Cart</a>`;

const page = (head, placement) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">
<title>Skylark 4</title>
${head}</head><body>${body(placement)}</body></html>`;

export class Site {
  #heads = new Map();

  async start() {
    this.server = createServer((request, response) => this.#handle(request, response));
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.port = this.server.address().port;
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Has pages with this client from now on. */
  add(name, head) {
    this.#heads.set(name, head);
  }

  /** The address of a page, in a shop by this name: each shop is a site of its own. */
  url(name, { shop = "shop", placement = false, isolated = false } = {}) {
    const options = `${placement ? "placement" : ""}${isolated ? "isolated" : ""}`;
    return `http://${shop}.localhost:${this.port}/${name}?${options}`;
  }

  #handle(request, response) {
    const { pathname, search } = new URL(request.url, "http://shop.localhost");
    const head = this.#heads.get(pathname.slice(1));
    const headers = { "content-type": "text/html; charset=utf-8" };
    // An isolated page has clocks of 5 microseconds, another one of 100.
    if (search.includes("isolated")) {
      headers["cross-origin-opener-policy"] = "same-origin";
      headers["cross-origin-embedder-policy"] = "credentialless";
    }
    response.writeHead(200, headers).end(page(head ? `${BEGIN}\n${head}` : "", search.includes("placement")));
  }
}

/** How a page loads what `scripts.mjs` bundled. */
export const loads = (origin) => `<script type="module" async crossorigin src="${origin}/client/main.js"></script>`;
