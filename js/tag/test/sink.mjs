// A page server and a recorder of what the tag sends, on one free port. It answers what a test tells it to.

import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
export const BUILT = resolve(root, process.env.TAG_OUT ?? join(target, "tag"));
/** What its build leaves beside it. */
export const BUILDING = join(target, "tag-build");
const types = { js: "text/javascript", wasm: "application/wasm" };

if (!existsSync(join(BUILT, "tag.js"))) throw new Error(`no tag in ${BUILT}: run \`npm run build\` in js/tag first`);

/** The path of a part of the tag, as it was built. */
export const fileOf = (part) => JSON.parse(readFileSync(join(BUILT, "sizes.json"), "utf8"))[part].file;

export const TAG = '<script async src="/tag.js" data-write-key="demo"></script>';

export class Sink {
  /** Bodies of the requests, in order; each with the `status` it was answered with. */
  requests = [];
  /** HTML of the pages by path; other paths have the tag and nothing else. */
  pages = {};
  /** Headers of the pages. */
  headers = {};
  /** What to answer: a function of the request body that gives an answer, `{status, headers}` to refuse as the edge does, `{cut}` to
   *  break off, `{foreign}` for the text of somebody in between. */
  answer = () => ({});
  /** What other origins may read, as the edge says it; without it a browser keeps everything to this one. */
  shared = {};
  /** Requests by which a browser asked whether it may make another. */
  preflights = 0;
  /** Changes how files of the tag are served, by their kind (`js`, `wasm`; not `tag.js`): `{status, type, body}`. */
  files = {};
  /** By path, a promise that its page waits for. */
  wait = {};
  /** Where a path of the page's leads: a site may serve the tag under names of its own. */
  rewrite = (path) => path;

  async start() {
    this.server = createServer((request, response) => this.#handle(request, response));
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** All events the edge would have taken, each once, in order of their first arrival. */
  get events() {
    const seen = new Map();
    for (const request of this.requests.filter((made) => made.status === 200))
      for (const event of request.batch) if (!seen.has(event.messageId)) seen.set(event.messageId, event);
    return [...seen.values()];
  }

  named(name) {
    return this.events.filter((event) => event.event === name || event.type === name);
  }

  /** Waits until `condition()` is truthy and gives its value. */
  async until(condition, what, deadline = Date.now() + 8000) {
    for (;;) {
      const value = await condition();
      if (value) return value;
      if (Date.now() > deadline)
        throw new Error(`${what ?? condition} did not happen; requests: ${JSON.stringify(this.requests, null, 1)}`);
      await new Promise((next) => setTimeout(next, 10));
    }
  }

  async #handle(request, response) {
    const pathname = this.rewrite(new URL(request.url, this.url).pathname);
    if (request.method === "OPTIONS") this.preflights += 1;
    if (request.method === "POST") return this.#record(request, response);
    const extension = /^\/(?:tag.*|analytics)\.(js|wasm)$/.exec(pathname)?.[1];
    if (extension) {
      const changed = (pathname.startsWith("/tag/") && this.files[extension]) || {};
      const { status = existsSync(join(BUILT, pathname)) ? 200 : 404, type = types[extension], body = (bytes) => bytes } = changed;
      // 0: never answered.
      if (status === 0) return;
      response.writeHead(status, { "content-type": type, ...this.shared });
      return response.end(status === 200 ? body(readFileSync(join(BUILT, pathname))) : "");
    }
    await this.wait[pathname];
    response.writeHead(200, { "content-type": "text/html", ...this.headers });
    response.end(`<!doctype html><html><head><title>${pathname}</title></head><body>${this.pages[pathname] ?? TAG}</body></html>`);
  }

  async #record(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const sent = Buffer.concat(chunks);
    // As the edge does: gzip is seen by its first bytes, the batch leaves the browser to its header, and what it says of all its
    // events is said of each.
    const body = JSON.parse(sent[0] === 0x1f ? gunzipSync(sent) : sent);
    if (body.context?.userAgent === true) body.context.userAgent = request.headers["user-agent"];
    for (const event of body.batch) event.context = { ...body.context, ...event.context };
    const { status = 200, headers = {}, ...answer } = (await this.answer(body)) ?? {};
    this.requests.push({ ...body, status: answer.foreign == null ? status : `foreign ${status}`, at: Date.now(), type: request.headers["content-type"], bytes: sent.length });
    response.writeHead(status, { "content-type": "application/json", ...this.shared, ...headers });
    if (answer.foreign != null) return response.end(answer.foreign);
    if (answer.cut) return response.write('{"success":tr', () => response.destroy());
    const said = status === 200 ? { success: true, configVersion: 1, device: "bound" } : { success: false, code: "refused", message: "by the sink" };
    response.end(JSON.stringify({ ...said, ...answer }));
  }
}

/** A decision that shows HTML; without it, one that shows the page's own content. */
export const decision = (placement, offer, html, token = `${offer}-token`) => ({
  placement,
  offer: offer ?? null,
  variant: null,
  content: html ? { type: "html", html } : null,
  reason: offer ? "audience" : "no_offer",
  token: offer ? token : null,
});
