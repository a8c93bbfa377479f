// What each client's stories run on: an edge that knows the story's key, for each test a tap before it that records what
// passes, and for clients in a browser a site that has the client's package. One stage in each test file's process.

import { after, afterEach, before, beforeEach } from "node:test";
import { Edge } from "../harness/edge.mjs";
import { Site } from "./site.mjs";
import { config } from "./story.mjs";
import { Tap } from "./tap.mjs";

export let edge;
export let site;
export let tap;

/** Sets it up before the tests of the file that calls this, and takes it down after them. */
export function stage(kind, page) {
  before(async () => {
    [edge, site] = await Promise.all([Edge.start({ config: false }), page && Site.open(page)]);
    await edge.publish(config(kind));
  });
  after(() => Promise.all([edge.close(), site?.close()]));
  beforeEach(async () => {
    tap = await Tap.open(edge);
  });
  afterEach(() => tap.close());
}

/** The paths that the client has posted to, in order. */
export const posts = () => tap.exchanges.filter(({ method }) => method === "POST").map(({ path }) => path);
