// A network that can't be relied on, between clients and the edge: it cuts requests off in the middle, loses answers, brings
// requests twice and keeps some back, so that later ones overtake them.

import { Agent, createServer, request } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How often what happens to a request. The rest passes. */
const FAULTS = { cutOff: 0.04, answerLost: 0.04, twice: 0.06, keptBack: 0.08 };
const KEPT_BACK_MS = 3_000;

function body(message) {
  return new Promise((done, fail) => {
    const parts = [];
    message.on("data", (part) => parts.push(part)).on("end", () => done(Buffer.concat(parts))).on("error", fail);
  });
}

export class Network {
  /** How often what happened. */
  counts = { passed: 0, cutOff: 0, answerLost: 0, twice: 0, keptBack: 0, edgeAway: 0 };
  faulty = true;
  #agent = new Agent({ keepAlive: true });

  constructor(edge, random) {
    Object.assign(this, { edge, random });
  }

  async listen() {
    this.server = createServer((incoming, outgoing) => void this.#carry(incoming, outgoing));
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
    this.#agent.destroy();
  }

  #fate() {
    let draw = this.faulty ? this.random.next() : 1;
    for (const [name, probability] of Object.entries(FAULTS)) {
      draw -= probability;
      if (draw < 0) return name;
    }
    return "passed";
  }

  async #carry(incoming, outgoing) {
    const cut = () => incoming.socket.destroy();
    try {
      const sent = { path: incoming.url, headers: incoming.headers, body: await body(incoming) };
      const fate = this.#fate();
      this.counts[fate] += 1;
      if (fate === "cutOff") {
        await this.#half(sent);
        return cut();
      }
      if (fate === "keptBack") await sleep(this.random.between(1, KEPT_BACK_MS));
      const answers = [this.#pass(sent)];
      if (fate === "twice") answers.push(this.#pass(sent));
      const [{ status, headers, content }] = await Promise.all(answers);
      if (fate === "answerLost") return cut();
      outgoing.writeHead(status, headers).end(content);
    } catch {
      this.counts.edgeAway += 1;
      cut();
    }
  }

  #pass({ path, headers, body: content }) {
    return new Promise((done, fail) => {
      const { hostname, port } = new URL(this.edge.url);
      const asked = request({ hostname, port, path, method: "POST", headers, agent: this.#agent }, (answer) => {
        body(answer).then((read) => done({ status: answer.statusCode, headers: answer.headers, content: read }), fail);
      });
      asked.on("error", fail).end(content);
    });
  }

  /** A request that breaks off in the middle of its body. */
  #half({ path, headers, body: content }) {
    return new Promise((done) => {
      const { hostname, port } = new URL(this.edge.url);
      const socket = connect({ host: hostname, port }, () => {
        const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.write(`POST ${path} HTTP/1.1\r\n${head.join("")}\r\n`);
        socket.write(content.subarray(0, Math.floor(content.length / 2)), () => socket.destroy());
      });
      socket.on("error", () => {}).on("close", done);
    });
  }
}
