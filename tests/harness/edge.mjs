// An edge (and the shop, if asked for) in real workerd, for one test file: its own state, its own port, its own keys.

import { spawn } from "node:child_process";
import { createHash, createHmac, randomInt, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";
import { breaches } from "./contract.mjs";

const root = resolve(import.meta.dirname, "../..");
export const ADMIN_KEY = "test-admin-key";
export const IDENTITY_SECRET = "test-identity-secret";

const secrets = {
  SELVEDGE_SECRET: "test-deployment-secret",
  ADMIN_KEY_SHA256: createHash("sha256").update(ADMIN_KEY).digest("hex"),
  SHOP_IDENTITY_SECRET: IDENTITY_SECRET,
};

/** As what tests send, unless they say another: of a browser's source, what a program sends as itself is a bot's. */
export const USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";

/** Files here cost no disk. For tests that make thousands of objects and let none of them survive. */
const MEMORY = "/dev/shm";

/** The files of a built Worker, the one to start first, and what workerd is to take them for. */
const MODULES = { "index.js": "ESModule", "index_bg.wasm": "CompiledWasm" };

/**
 * A port that nobody listens on, below those that the system gives to outgoing connections: a client that knocks on
 * such a port while the edge is down may be connected to itself, and the port is taken when the edge comes back.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port) {
  return new Promise((done) => {
    const server = createServer().once("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}

export class Edge {
  #child;

  /** @param {{ shop?: boolean, worker?: string, modules?: object, config?: boolean, deployments?: number, oneConfig?: boolean, oneObjects?: boolean, inMemory?: boolean, part?: "edge" | "consumer", registry?: string, bindings?: object, door?: boolean, retries?: number, outbound?: string, beside?: Edge }} options `beside`: another edge (with a `registry`) whose storage it shares, from a process of its own */
  static async start(options = {}) {
    const edge = new Edge();
    const worker = join(root, "edge-worker/build");
    edge.options = { worker, modules: MODULES, shop: false, config: true, ...options };
    // Measurements take no time for it, and the shop's pages are its own.
    edge.isDescribed = !options.worker && !options.shop && process.env.NODE_TEST_CONTEXT !== undefined;
    const folder = edge.options.inMemory && existsSync(MEMORY) ? MEMORY : tmpdir();
    edge.state = options.beside?.state ?? mkdtempSync(join(folder, "selvedge-test-"));
    if (options.beside) Object.assign(edge.options, { registry: options.beside.options.registry, config: false });
    edge.port = await freePort();
    await edge.up();
    if (edge.options.config && !edge.options.deployments) await edge.publish(shopConfig());
    return edge;
  }

  /** Starts the processes on the state that is there. */
  async up() {
    const { worker, modules, shop, deployments, oneConfig, oneObjects, part, registry, bindings, door, retries, outbound, beside } = this.options;
    const settings = {
      state: this.state, port: this.port, worker, modules, shop, secrets: { ...secrets, ...bindings }, deployments, oneConfig, oneObjects, part, registry,
      door, retries, outbound, beside: Boolean(beside),
    };
    this.#child = spawn(process.execPath, [join(root, "tests/harness/serve.mjs"), JSON.stringify(settings)], {
      stdio: ["pipe", "pipe", "pipe"], // its input ends when this process does, however that happens
      detached: true, // a process group of its own: killing it kills workerd too
    });
    this.log = [];
    const said = createInterface({ input: this.#child.stdout });
    createInterface({ input: this.#child.stderr }).on("line", (line) => this.log.push(line));
    this.urls = await new Promise((ready, fail) => {
      said.on("line", (line) => (line.startsWith("ready ") ? ready(line.slice(6).split(" ")) : this.log.push(line)));
      this.#child.once("exit", (code) => fail(new Error(`serve.mjs ended with ${code}:\n${this.log.join("\n")}`)));
    });
    this.url = this.urls[0];
  }

  /** The process that has workerd as its child. */
  get pid() {
    return this.#child.pid;
  }

  /** SIGKILL for everything, workerd included: nothing gets to say goodbye. */
  async kill() {
    const gone = new Promise((done) => this.#child.once("exit", done));
    process.kill(-this.#child.pid, "SIGKILL");
    await gone;
    // workerd is a child of the child: it may still wait for the disk, and hold its port and its files, when that one is gone.
    await until("workerd is gone, too", () => isFree(this.port));
  }

  /** Stops in order. The state stays. */
  async down() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((done) => this.#child.once("exit", done));
    process.kill(this.#child.pid, "SIGTERM");
    await gone;
  }

  /** Stops and forgets. */
  async close() {
    await this.down();
    if (!this.options.beside) rmSync(this.state, { recursive: true, force: true });
  }

  /** One of `deployments`, to be used like an edge: nothing that the others are told is known there. */
  deployment(index) {
    return Object.assign(Object.create(this), { url: this.urls[index] });
  }

  /** Puts a message into the Queue (of an edge with a `door`); of several deployments, into this one's. */
  async post(message, deployment = 0) {
    await fetch(new URL(`/${deployment}`, this.urls.at(-1)), { method: "POST", body: message });
  }

  /** One request. In a test, of this release, it is held against the API's description. */
  async fetch(path, init = {}) {
    const url = new URL(path, this.url);
    const response = await fetch(url, { ...init, headers: { "user-agent": USER_AGENT, ...init.headers } });
    if (!this.isDescribed) return response;
    const request = { method: init.method ?? "GET", url, body: init.body };
    const { status, headers } = response;
    const body = await response.clone().text();
    const wrong = breaches(request, { status, headers, body });
    if (wrong.length > 0) {
      throw new Error(`docs/openapi.yaml: ${request.method} ${url.pathname}${url.search} ${status}: ${wrong.join("; ")}\n${body.slice(0, 2000)}`);
    }
    return response;
  }

  admin(path, init = {}) {
    return this.fetch(path, { ...init, headers: { authorization: `Bearer ${ADMIN_KEY}`, ...init.headers } });
  }

  /** Publishes config files: `{ "segments/x.json": {…} }`. */
  async publish(files) {
    const response = await this.admin("/v1/config", { method: "PUT", body: JSON.stringify({ files }) });
    const answer = await response.json();
    if (response.status !== 200) throw new Error(`publishing failed: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Sends a batch as the tag does; returns status, headers and the answer. */
  async send(body, { headers = {}, path = "/v1/batch" } = {}) {
    const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    const response = await this.fetch(path, {
      method: "POST",
      body: text,
      headers: { "content-type": "text/plain", ...headers },
    });
    const answer = await response.json();
    return { status: response.status, headers: response.headers, answer };
  }

  /** A profile by `namespace:value`; null if there is none. */
  async profile(name, query = "") {
    const response = await this.admin(`/v1/profiles/${encodeURIComponent(name)}${query}`);
    if (response.status === 404) return null;
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return response.json();
  }

  /** All events of a profile, newest first, over all pages. */
  async timeline(name) {
    const events = [];
    let cursor = "";
    do {
      const { timeline } = await this.profile(name, `?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      events.push(...timeline.events);
      cursor = timeline.next;
    } while (cursor);
    return events;
  }

  async usage() {
    return (await this.admin("/v1/usage")).json();
  }

  /** The lines of the archive's newest files of a kind, as its API gives them out. */
  async archived(of = "archive") {
    const { files } = await (await this.admin(`/v1/archive?of=${of}&limit=500`)).json();
    const lines = await Promise.all(files.map(async ({ file }) => {
      const answer = await this.admin(`/v1/archive/file?name=${encodeURIComponent(file)}`);
      // Nothing is left in it, or it was written anew meanwhile.
      if (answer.status === 404) return [];
      return gunzipSync(Buffer.from(await answer.arrayBuffer())).toString().trimEnd().split("\n").map(JSON.parse);
    }));
    return lines.flat();
  }

  /** Waits until nothing moves any more: no Queue, no alarm. */
  async rest() {
    let last = "";
    let quiet = 0;
    await until("everything has come to rest", async () => {
      const { requests, ...now } = await this.usage();
      quiet = JSON.stringify(now) === last ? quiet + 1 : 0;
      last = JSON.stringify(now);
      return quiet >= 30;
    }, { every: 100 });
  }
}

/** A browser as far as the wire goes: an anonymousId and a cookie jar with one cookie. */
export class Device {
  constructor(edge, anonymousId = randomUUID()) {
    Object.assign(this, { edge, anonymousId, cookie: "", userId: undefined });
  }

  /** Sends events (without ids: they are filled in) and asks for placements. */
  async send(events, placements = []) {
    const batch = events.map((event) => ({
      messageId: randomUUID(),
      anonymousId: this.anonymousId,
      ...(this.userId && { userId: this.userId }),
      ...event,
    }));
    const decide = placements.length > 0 ? { placements } : undefined;
    const headers = this.cookie ? { cookie: this.cookie } : {};
    const result = await this.edge.send({ writeKey: "demo", anonymousId: this.anonymousId, batch, decide }, { headers });
    const set = result.headers.get("set-cookie");
    if (set) this.cookie = set.split(";")[0];
    return { ...result.answer, status: result.status, batch };
  }

  /** Logs in with a token of the site's server. */
  identify(userId, traits = {}, { token = identityToken(userId), placements } = {}) {
    this.userId = userId;
    const context = token ? { identityToken: token } : {};
    return this.send([{ type: "identify", userId, traits, context }], placements);
  }
}

/** A JWT (HS256) as a site's server makes it. */
export function identityToken(userId, { secret = IDENTITY_SECRET, expiresIn = 3600, claims = {} } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const part = (object) => Buffer.from(JSON.stringify(object)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: userId, iat: now, exp: now + expiresIn, ...claims })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** The example shop's config files. */
export function shopConfig() {
  return configFiles(join(root, "examples/shop/config"));
}

/** All `.json` files below a folder, as the API takes them. */
export function configFiles(dir, prefix = "", files = {}) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) configFiles(path, `${prefix}${name}/`, files);
    else if (name.endsWith(".json")) files[prefix + name] = JSON.parse(readFileSync(path, "utf8"));
  }
  return files;
}

/**
 * Polls until `look` gives something truthy; fails at the deadline with what it saw last. The deadline is for what never comes: a busy
 * machine may be slow.
 */
export async function until(what, look, { within = 60_000, every = 50 } = {}) {
  const deadline = Date.now() + within;
  let last;
  for (;;) {
    last = await look();
    if (last) return last;
    if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${what}; last: ${JSON.stringify(last)}`);
    await new Promise((done) => setTimeout(done, every));
  }
}
