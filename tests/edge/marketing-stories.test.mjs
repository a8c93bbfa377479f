// The stories of examples/marketing-jobs in a running edge: what each says of an instant is asked of somebody whose past lies as far
// back from now as it lies from that instant. The engine plays them to the millisecond; here clocks move on while one asks.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { Edge, configFiles, until } from "../harness/edge.mjs";

const jobs = resolve(import.meta.dirname, "../../examples/marketing-jobs");
const TOP = 5040.65;
/** So long after they have begun to send, time moves those whom it moves. */
const SOON = 3_000;

const stories = readdirSync(join(jobs, "stories")).map((name) => JSON.parse(readFileSync(join(jobs, "stories", name), "utf8")));

/** Each instant of a story, as somebody of its own: what they did until then, and whether time alone has moved them. */
function* instants({ segment, steps }) {
  const did = [];
  let before;
  for (const [n, { send, ...then }] of steps.entries()) {
    if (send) {
      did.push(send);
      before = undefined;
      continue;
    }
    const at = Date.parse(then.at);
    const moved = before !== undefined && before !== then.in;
    before = then.in;
    // The last millisecond before something changes is over when it is asked about: that is asked of the minute before.
    const asked = then.at.endsWith(".999Z") ? at - 60_000 : at;
    yield { ...then, segment, did: [...did], asked, moved: false, person: `${segment}-${n}` };
    if (moved) yield { ...then, segment, did: [...did], asked: at, moved, person: `${segment}-${n}-alarm` };
  }
}

const people = stories.flatMap((story) => [...instants(story)]);
const placements = ["hero", "cart-strip", "product-aside"];
const read = async (path) => (await edge.admin(path)).json();

let edge;
/** Whom time moves, and when. */
let alarmed = [];
let rings;

/** What these people did, if it is `now` when their stories say `asked`. */
const past = (some, now) => some.flatMap(({ did, asked, person }) => did.map(({ at, ...event }, n) => (
  { ...event, userId: person, messageId: `${person}-${n}`, timestamp: new Date(Date.parse(at) - asked + now).toISOString() })));

async function send(batch) {
  const { status, answer } = await edge.send({ writeKey: "demo-server", batch });
  assert.deepEqual([status, answer.accepted], [200, batch.length], JSON.stringify(answer));
}

before(async () => {
  edge = await Edge.start({ config: false });
  const { "segments/high-value.json": top, "offers/high-value.json": offer, ...files } = configFiles(join(jobs, "config"));
  await edge.publish(files);
  const batch = past(people.filter(({ moved }) => !moved), Date.now());
  // Whoever has spent what the story takes for the threshold is the last of the top tenth, with so many above them.
  const buyers = new Set(batch.filter(({ event }) => event === "Order Completed").map(({ userId }) => userId)).size;
  for (let above = 0; above + 1 < Math.floor((buyers + above) / 10); above += 1) {
    const properties = { order_id: `above-${above}`, total: TOP + 1, currency: "EUR", products: [] };
    batch.push({ type: "track", event: "Order Completed", userId: `above-${above}`, messageId: `above-${above}`, properties });
  }
  await send(batch);
  const known = new Set(batch.map(({ userId }) => userId)).size;
  await until("the directory knows all of them", async () => (await read("/v1/directory/counts")).profiles.live === known);
  await edge.publish({ ...files, "segments/high-value.json": top, "offers/high-value.json": offer });
  await until("the threshold is what the story takes it for, and everybody goes by it", async () => {
    const { thresholds: [threshold] } = await read("/v1/segments");
    const { config, finishedAt } = await read("/v1/segments/backfill");
    return threshold?.atLeast === TOP && finishedAt && config === (await read("/v1/config")).version;
  });
  // A busy machine may take longer to hear them out: then it is others, with more time.
  for (let soon = SOON; alarmed.length === 0 || Date.now() > rings; soon *= 2) {
    alarmed = people.filter(({ moved }) => moved).map((one) => ({ ...one, person: `${one.person}-${soon}` }));
    rings = Date.now() + soon;
    await send(past(alarmed, rings));
  }
});
after(() => edge?.close());

test("all ten jobs: who is in, and what they are shown, is what their stories say", async () => {
  const shown = new Set();
  const beaten = {};
  await Promise.all(people.filter(({ moved }) => !moved).map(async ({ segment, person, at, in: inside, shows, why: because = "" }) => {
    const what = `${segment} at ${at}: ${because}`;
    const answer = await edge.admin("/v1/decide", { method: "POST", body: JSON.stringify({ userId: person, placements, context: {} }) });
    const { decisions, why } = await answer.json();
    // What depends on the visit is told in decisions only.
    const isIn = why.answers.segments?.[segment] ?? (await edge.profile(`user_id:${person}`))?.segments.some(({ id }) => id === segment);
    assert.equal(isIn ?? false, inside, what);
    const tried = why.placements.find(({ considered }) => considered.some(({ offer }) => offer === segment));
    const { content, offer } = decisions.find(({ placement }) => placement === tried.placement);
    // All ten are in force at once: another job's offer may come before this one.
    if (inside && offer !== segment) beaten[person] = offer;
    else assert.equal(offer === segment, inside, `the offer is shown to whoever is in: ${what}`);
    if (!shows) return;
    assert.equal(content.html, shows, what);
    shown.add(segment);
  }));
  assert.equal(shown.size, 10, "each job has shown its offer");
  assert.deepEqual(beaten, { "browse-abandonment-7": "abandoned-cart" });
});

test("whom time alone moves the alarm has moved, at the very instant, with nobody there", async () => {
  assert.deepEqual([...new Set(alarmed.map(({ segment }) => segment))], ["abandoned-cart", "browse-abandonment", "cross-sell", "loyalty-tier", "win-back"]);
  for (const { segment, person, in: entered } of alarmed) {
    const mine = (change) => change.segment === segment;
    const moves = await until(`${person} is moved`, async () => {
      const { segmentChanges } = await edge.profile(`user_id:${person}`);
      return Date.now() > rings && segmentChanges.filter(mine).at(-1)?.entered === entered && segmentChanges.filter(mine);
    });
    const { at, how } = moves.at(-1);
    assert.deepEqual([how, at], ["time", new Date(rings).toISOString()], `${person}: ${JSON.stringify(moves)}`);
  }
});
