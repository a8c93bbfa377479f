// What each client's stories run on: an edge that knows the story's key, for each test a tap before it that records what
// passes, and for clients in a browser a site that has the client's package. One stage in each test file's process.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import { Edge } from "../harness/edge.mjs";
import { Site } from "./site.mjs";
import { KEY, config } from "./story.mjs";
import { Tap } from "./tap.mjs";

export let edge;
export let site;
export let tap;
let files;

/** Sets it up before the tests of the file that calls this, and takes it down after them. */
export function stage(kind, page) {
  files = () => config(kind);
  before(async () => {
    [edge, site] = await Promise.all([Edge.start({ config: false }), page && Site.open(page)]);
    await edge.publish(files());
  });
  after(() => Promise.all([edge.close(), site?.close()]));
  beforeEach(async () => {
    tap = await Tap.open(edge);
  });
  afterEach(() => tap.close());
}

/** Does it while the source may not send more: somebody else has sent what it may for two seconds when the client first comes. */
export async function whileLimited(act) {
  const limited = files();
  limited["sources.json"].sources[0].limits = { source: { perSecond: 20, burst: 1 } };
  await edge.publish(limited);
  try {
    const batch = Array.from({ length: 40 }, () => ({ type: "page", anonymousId: "somebody-else" }));
    let sent;
    tap.ready = () => (sent ??= edge.send({ writeKey: KEY, batch }));
    await act();
  } finally {
    await edge.publish(files());
  }
}

/** The client was told to wait, and has sent it again. */
export function waited() {
  const posts = tap.exchanges.filter(({ method }) => method === "POST");
  assert.deepEqual([posts[0].status, posts[0].answer.code, posts.at(-1).status], [429, "source_limit", 200]);
}

/** The paths that the client has posted to, in order. */
export const posts = () => tap.exchanges.filter(({ method }) => method === "POST").map(({ path }) => path);
