// A site of its own on host names ending in `.test`: its pages, and under /s/ the edge, as a site's own server passes requests on.

import { createServer, request } from "node:http";
import { launch } from "../harness/chromium.mjs";

export class Site {
  #server;
  /** What becomes of a request to the edge from this host, for this path there. `before`: a promise that it waits for on its way;
   *  `refused`: a 503 instead; `unheard`: it is passed on, and its answer is a 503 all the same. */
  way = () => ({});
  /** Requests to the edge that nobody has answered yet. */
  passing = 0;

  /** Pages by their path, as HTML; what is not there is 404. */
  static async start(edge, pages) {
    const site = new Site();
    site.#server = createServer((incoming, response) => site.#serve(edge, pages, incoming, response));
    await new Promise((done) => site.#server.listen(0, "127.0.0.1", done));
    site.port = site.#server.address().port;
    return site;
  }

  #serve(edge, pages, incoming, response) {
    const { pathname } = new URL(incoming.url, "http://site");
    if (!pathname.startsWith("/s/")) {
      const page = pages[pathname];
      response.writeHead(page ? 200 : 404, { "content-type": "text/html" });
      return response.end(page);
    }
    return this.#pass(edge, pathname.slice(2), incoming, response);
  }

  async #pass(edge, path, incoming, response) {
    const { before, refused, unheard } = this.way(new URL(`http://${incoming.headers.host}`).hostname, path);
    this.passing += 1;
    response.on("close", () => (this.passing -= 1));
    await before;
    const unavailable = () => response.writeHead(503, { "content-type": "text/plain" }).end("come again later");
    if (refused) return unavailable();
    const passed = request(new URL(incoming.url.slice(2), edge.url), { method: incoming.method, headers: incoming.headers }, (answer) => {
      answer.on("error", () => response.destroy());
      if (unheard) return answer.resume().on("end", unavailable);
      response.writeHead(answer.statusCode, answer.headers);
      return answer.pipe(response);
    });
    // There is no edge: the visitor hears nothing.
    passed.on("error", () => response.destroy());
    return incoming.pipe(passed);
  }

  /** The origin under which it is known as this host. */
  origin(host) {
    return `http://${host}:${this.port}`;
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** A browser that finds all `.test` hosts here, takes pages of these origins for ones that came over TLS, and blocks third-party cookies. */
export const browser = (...origins) => launch({
  args: ["--host-resolver-rules=MAP *.test 127.0.0.1", "--test-third-party-cookie-phaseout", `--unsafely-treat-insecure-origin-as-secure=${origins.join(",")}`],
});
