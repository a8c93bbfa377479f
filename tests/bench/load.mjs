// The client: sends prepared requests, so many at a time, and says how long each took.
//
// A bare `http.Agent` instead of `fetch`: the client shares its cores with what it measures.

import { Agent, request } from "node:http";
import { connect } from "node:net";
import { USER_AGENT } from "../harness/edge.mjs";

/** Hands out connections that are open already: opening them is not what is measured. */
class OpenAgent extends Agent {
  constructor(sockets) {
    super({ keepAlive: true, maxSockets: sockets.length });
    this.open = sockets;
  }

  createConnection(options) {
    return this.open.pop() ?? connect(options);
  }
}

function opened(url) {
  return new Promise((done, fail) => {
    const socket = connect({ host: url.hostname, port: url.port, noDelay: true }, () => done(socket));
    socket.once("error", fail);
  });
}

function one(url, agent, { cookie, body }) {
  return new Promise((done, fail) => {
    const headers = { "user-agent": USER_AGENT, "content-type": "text/plain", "content-length": Buffer.byteLength(body), ...(cookie && { cookie }) };
    const where = { host: url.hostname, port: url.port, path: "/v1/batch", method: "POST", headers };
    const sent = request({ agent, ...where }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => (text += part));
      response.on("end", () => done({ status: response.statusCode, text }));
      response.on("error", fail);
    });
    sent.on("error", fail);
    sent.end(body);
  });
}

/** Works through `items` in order, so many at a time. */
export async function lanes(items, atOnce, work) {
  let next = 0;
  async function lane() {
    while (next < items.length) {
      const index = next;
      next += 1;
      await work(items[index], index);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/**
 * Sends them all; fails if one is not answered.
 *
 * @param {string} address
 * @param {{ cookie?: string, body: string }[]} requests
 * @param {number} atOnce
 * @returns {Promise<{ answers: { status: number, text: string }[], took: number[], seconds: number }>}
 */
export async function send(address, requests, atOnce) {
  const url = new URL(address);
  const agent = new OpenAgent(await Promise.all(Array.from({ length: atOnce }, () => opened(url))));
  const [answers, took] = [[], []];
  try {
    const start = performance.now();
    await lanes(requests, atOnce, async (request, index) => {
      const sent = performance.now();
      answers[index] = await one(url, agent, request);
      took[index] = performance.now() - sent;
    });
    return { answers, took, seconds: (performance.now() - start) / 1000 };
  } finally {
    agent.destroy();
  }
}
