// The server of one client, on an origin of its own: it serves the client's scripts, answers as the client's own server
// would, and writes down what came.

import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { eventsIn } from "./bodies.mjs";

/** What comes from any site, with any header, is welcome, and remembered as long as Chromium does. */
const cors = ({ headers }) => ({
  "access-control-allow-origin": headers.origin ?? "*",
  "access-control-allow-credentials": "true",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
  "access-control-max-age": "7200",
  "cross-origin-resource-policy": "cross-origin",
  "timing-allow-origin": "*",
});

const headLength = ({ method, url, rawHeaders }) =>
  `${method} ${url} HTTP/1.1\r\n`.length + rawHeaders.reduce((sum, part) => sum + part.length + 2, 0) + 2;

async function bytes(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export class Sink {
  /**
   * What came, in order: `at`, its `path`, the bytes of its `body` and of its `head` (request line and headers, as HTTP/1.1
   * has them), its `kind` (`script`, `settings`, `preflight`, `events` or `other`), the `events` in it, and the `status` and
   * text of its `answer`.
   */
  requests = [];
  #arrivals = new Map();
  /** What everything but scripts and preflights is answered with, when not as the client's server would. */
  refusal = undefined;
  /** How long settings take, and how far away all that isn't a script is. */
  settingsMs = 0;
  roundTripMs = 0;

  /** @param {object} peer @param {Map<string, { type: string, brotli: Buffer }>} scripts by path */
  constructor(peer, scripts) {
    this.peer = peer;
    this.scripts = scripts;
  }

  async start() {
    await this.#listen(0);
    this.port = this.server.address().port;
    this.url = `http://sink.localhost:${this.port}`;
    return this;
  }

  #listen(port) {
    this.server = createServer((request, response) => this.#handle(request, response).catch((error) => {
      // A client may break off; whatever else went wrong would look like the client's loss.
      if (!request.destroyed || request.complete) console.error(`${this.peer.title}: ${error.stack}`);
      response.destroy();
    }));
    // A connection that is closed in the moment of its use would look like a loss.
    this.server.keepAliveTimeout = 120_000;
    return new Promise((done, fail) => this.server.once("error", fail).listen(port, "127.0.0.1", done));
  }

  /** Nobody listens any more. */
  down() {
    const closed = new Promise((done) => this.server.close(done));
    this.server.closeAllConnections();
    return closed;
  }

  up() {
    return this.#listen(this.port);
  }

  async #handle(request, response) {
    const { pathname, search } = new URL(request.url, this.url);
    const body = await bytes(request);
    const seen = { at: Date.now(), path: pathname, body: body.length, head: headLength(request), events: [] };
    const { headers, ...rest } = await this.#answer(request, { path: pathname, search, body, origin: this.url }, seen);
    Object.assign(seen, { status: 200, ...rest });
    this.requests.push(seen);
    if (seen.status < 300) this.#note(seen);
    if (seen.kind !== "script") await sleep(this.roundTripMs);
    response.writeHead(seen.status, { ...cors(request), ...headers }).end(seen.answer);
  }

  async #answer(request, asked, seen) {
    if (request.method === "OPTIONS") return { kind: "preflight", status: 204, answer: "" };
    const script = this.scripts.get(asked.path);
    if (script) {
      const headers = { "content-type": script.type, "content-encoding": "br", "cache-control": "public, max-age=3600" };
      return { kind: "script", headers, answer: script.brotli };
    }
    const json = { "content-type": "application/json" };
    const settings = this.peer.settings?.(asked);
    if (settings) {
      await sleep(this.settingsMs);
      return { kind: "settings", headers: { ...json, ...settings.headers }, answer: settings.body };
    }
    seen.events = eventsIn(asked.body, this.peer.counts);
    const kind = seen.events.some(({ marks }) => marks.length > 0) ? "events" : "other";
    if (this.refusal) return { kind, status: this.refusal, headers: json, answer: "{}" };
    const { status = 200, headers, body = "{}" } = this.peer.answer?.(asked) ?? {};
    return { kind, status, headers: { ...json, ...headers }, answer: body };
  }

  #note({ at, events }) {
    for (const { id, marks } of events) {
      for (const mark of marks) this.#arrivals.set(mark, [...this.arrivals(mark), { at, id }]);
    }
  }

  /** The arrivals of a mark's event that were answered with success: `at` and `id` of each. */
  arrivals(mark) {
    return this.#arrivals.get(mark) ?? [];
  }

  /** Whether all of these have come; waits for that, for so long at most. */
  async has(marks, within) {
    const deadline = Date.now() + within;
    while (marks.some((mark) => !this.#arrivals.has(mark))) {
      if (Date.now() > deadline) return false;
      await sleep(20);
    }
    return true;
  }
}
