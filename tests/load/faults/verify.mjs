// What must hold when all is quiet again: every event that was acknowledged stands in exactly one profile, every profile is
// what the engine alone makes of the same events, and the archive has each event, as it is stored.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { person } from "../../harness/case.mjs";
import { Miniflare, convertV4MiniflareOptions } from "../../harness/packages.mjs";
import { lanes } from "../../bench/load.mjs";

const HANDS = 8;

/** What the engine makes of each household's events. */
export async function folded(tool, configPath, households) {
  const child = spawn(tool, [configPath], { stdio: ["pipe", "pipe", "inherit"] });
  const people = [];
  const lines = createInterface({ input: child.stdout });
  const ended = new Promise((done) => child.once("exit", done));
  for (const events of households) child.stdin.write(`${JSON.stringify({ steps: events.map((event) => ({ event })) })}\n`);
  child.stdin.end();
  for await (const line of lines) people.push(JSON.parse(line).people);
  if ((await ended) !== 0 || people.length !== households.length) throw new Error("selvedge-fold failed");
  return people;
}

/**
 * A profile as the edge has it, in the words of `selvedge-fold`. By which event two became one is left out: of several that
 * say so it is the one that came first, and the network decides which that is.
 */
function shown(profile, timeline) {
  const { accounts, merges, ...actual } = person({ ...profile, timeline: { events: timeline } });
  return { ...actual, computed: profile.computed, segments: profile.segments.map(({ id }) => id).sort() };
}

const sorted = (list, key = (item) => item) => [...list].sort((one, other) => (key(one) < key(other) ? -1 : 1));

/** The same in an order that does not matter. */
const normal = (one) => ({
  ...one,
  events: sorted(one.events),
  refusals: sorted(one.refusals, (refusal) => JSON.stringify(refusal)),
  segments: sorted(one.segments),
});

/** Fields in which two differ. */
const differing = (one, other) => Object.keys(one).filter((field) => !isDeepStrictEqual(one[field], other[field]));

/**
 * Holds every profile against what is expected; `stored` gives each event's id, its profile and what is stored.
 * @returns {Promise<{ stored: Map<string, object>, profiles: Set<string>, doubled: string[], differences: object[] }>}
 */
export async function compare(edge, expected) {
  const [stored, profiles, doubled, differences] = [new Map(), new Set(), [], []];
  await lanes(expected.flat(), HANDS, async (one) => {
    const [name] = [...one.ids, ...one.retired, ...one.released];
    const profile = await edge.profile(name, "?limit=1");
    if (!profile) return differences.push({ name, missing: true });
    const timeline = await edge.timeline(name);
    if (profiles.has(profile.profileId)) return differences.push({ name, twoPeopleInOne: profile.profileId });
    profiles.add(profile.profileId);
    for (const event of timeline) {
      if (stored.has(event.messageId)) doubled.push(event.messageId);
      stored.set(event.messageId, event);
    }
    const { merges, ...whole } = one;
    const [is, should] = [normal(shown(profile, timeline)), normal(whole)];
    const fields = differing(should, is);
    if (fields.length > 0 || profile.pending.length > 0) {
      const side = (of) => Object.fromEntries(fields.map((field) => [field, of[field]]));
      differences.push({ name, is: side(is), should: side(should), pending: profile.pending });
    }
  });
  return { stored, profiles, doubled, differences };
}

/** The archive's lines of events, from the state of the process that writes it. */
export class Archive {
  constructor(state) {
    this.reader = new Miniflare(convertV4MiniflareOptions({
      resourcePersistencePath: state,
      modules: true,
      script: "export default { fetch: () => new Response() }",
      r2Buckets: { ARCHIVE: "selvedge-archive-dev" },
    }));
    this.read = new Map();
  }

  close() {
    return this.reader.dispose();
  }

  /** All lines; a file is written once, so it is read once. */
  async lines() {
    const bucket = await this.reader.getR2Bucket("ARCHIVE");
    for (let cursor, more = true; more; ) {
      const page = await bucket.list({ prefix: "archive/", limit: 1000, cursor });
      await lanes(page.objects.filter(({ key }) => !this.read.has(key)), HANDS, async ({ key }) => {
        const bytes = Buffer.from(await (await bucket.get(key)).arrayBuffer());
        const text = (key.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
        this.read.set(key, text.trimEnd().split("\n").map((line) => JSON.parse(line)));
      });
      ({ cursor, truncated: more } = page);
    }
    return [...this.read.values()].flat();
  }
}
