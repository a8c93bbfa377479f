// Between a client and the edge: passes every byte on, both ways, and writes down what was said.

import { createServer, request } from "node:http";
import { gunzipSync } from "node:zlib";

export class Tap {
  /** What was asked and answered: `{ method, path, headers, body, status, answer }`. */
  exchanges = [];
  /** How many of the next POSTs it cuts off before the edge hears of them. */
  cuts = 0;
  /** What has to have happened before the edge hears of a POST. */
  ready = async () => {};
  #server;

  /** @param {import("../harness/edge.mjs").Edge} edge */
  static async open(edge) {
    const tap = new Tap();
    tap.#server = createServer((from, to) => tap.#pass(edge, from, to));
    // A browser repeats by itself what breaks on a connection that it has used before.
    tap.#server.maxRequestsPerSocket = 1;
    await new Promise((done) => tap.#server.listen(0, "127.0.0.1", done));
    tap.url = `http://127.0.0.1:${tap.#server.address().port}`;
    return tap;
  }

  close() {
    this.#server.closeAllConnections();
    return new Promise((done) => this.#server.close(done));
  }

  async #pass(edge, from, to) {
    const sent = Buffer.concat(await from.toArray());
    const { method, url: path, headers } = from;
    if (method === "POST" && this.cuts > 0) {
      this.cuts -= 1;
      return to.destroy();
    }
    if (method === "POST") await this.ready();
    const onward = request(new URL(path, edge.url), { method, headers, agent: false }, async (back) => {
      const answered = Buffer.concat(await back.toArray());
      this.exchanges.push({ method, path, headers, body: read(sent), status: back.statusCode, answer: read(answered) });
      const { connection, "keep-alive": _, ...said } = back.headers;
      to.writeHead(back.statusCode, said).end(answered);
    });
    onward.on("error", () => to.destroy());
    onward.end(sent);
  }

  /** Everything that a client has sent to be stored, as it wrote it: `{ ...event, sentAt }`, the batch's clock on each. */
  get events() {
    const taken = this.exchanges.filter(({ method, status, body }) => method === "POST" && status === 200 && body);
    return taken.flatMap(({ body: { batch, sentAt, ...single } }) =>
      batch ? batch.map((event) => ({ sentAt, ...event })) : [{ sentAt, ...single }],
    );
  }
}

/** JSON, however packed; null for what is none. */
function read(bytes) {
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString();
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
