// What a first visit downloads until the client is ready and its page view is out, and how many requests come before that.

import { brotliCompressSync } from "node:zlib";
import { enter } from "../browser.mjs";

const DOWNLOADED = ["script", "settings"];

/** Scripts are served in brotli, the best there is; settings are counted as if they were. */
const bytes = ({ kind, answer }) => (kind === "script" ? answer : brotliCompressSync(answer)).length;

export async function size({ browser, site, marks }, { name, title, sink }) {
  const mark = marks.next();
  const since = sink.requests.length;
  const visitor = await browser.visitor();
  const problems = [];
  // A client that asks elsewhere is configured wrongly, and would be measured while it waits in vain.
  visitor.on("request", (request) => new URL(request.url()).hostname.endsWith("localhost") || problems.push(request.url()));
  visitor.on("weberror", (error) => problems.push(String(error.error())));
  await enter(visitor, site.url(name), { mark });
  const ready = Date.now();
  if (!(await sink.has([mark], 15_000))) throw new Error(`no page view of ${title} came`);
  await visitor.close();
  if (problems.length > 0) throw new Error(`${title} does not work here as it should: ${problems.join(", ")}`);
  const requests = sink.requests.slice(since);
  const first = requests.findIndex(({ events }) => events.some(({ marks }) => marks.includes(mark)));
  const until = Math.max(ready, requests[first].at);
  const down = requests.filter(({ kind, at }) => at <= until && DOWNLOADED.includes(kind)).map(bytes);
  return {
    kilobytes: down.reduce((sum, one) => sum + one, 0) / 1000,
    before: requests.slice(0, first).filter(({ kind }) => kind !== "preflight").length,
  };
}
