// A very large profile: what an event costs on it, how it merges while it goes on taking events, and how that is taken back.
//
// Usage: node identity-big.mjs [--ids N] [--events N]. Fails if an event is lost or double, the two never become one, a row has
// more than 2 MB, or all objects together more memory than the 128 MB of one.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Cpu } from "../bench/cpu.mjs";
import { percentile } from "../bench/figures.mjs";
import { lanes } from "../bench/load.mjs";
import { machine } from "../bench/machine.mjs";
import { Edge, shopConfig, until } from "../harness/edge.mjs";
import { script } from "../harness/script.mjs";

const { ids: IDS, events: EVENTS } = Object.fromEntries(
  Object.entries(
    parseArgs({ options: { ids: { type: "string", default: "1000" }, events: { type: "string", default: "100000" } } }).values,
  ).map(([name, value]) => [name, Number(value)]),
);

/** Events of one request: 500 kB is the most that a body may have. */
const BATCH = 1_000;
/** Events over which a cost is an average. */
const SAMPLE = 200;

const viewed = { type: "track", event: "Product Viewed", properties: { product_id: "skylark-4", price: 149 } };
const event = (fields) => ({ messageId: randomUUID(), ...viewed, ...fields });

/** The shop's config, but one person may have any number of devices. */
function config() {
  const files = shopConfig();
  files["identity.json"] = {
    namespaces: {
      user_id: { priority: 1, unique: true },
      email: { priority: 3 },
      anonymous_id: { priority: 9 },
    },
    // A login on so many devices is what a quarantine is for.
    quarantine: { profiles: 1_000_000, withinHours: 1 },
  };
  return files;
}

class Person {
  sent = [];
  ids = 0;

  constructor(edge, name) {
    Object.assign(this, { edge, name, userId: `${name}-${randomUUID()}` });
  }

  /** Sends until it is taken, as a client does. */
  async send(batch) {
    this.sent.push(...batch.map(({ messageId }) => messageId));
    await until("the events are taken", async () => {
      const { status, answer } = await this.edge.send({ writeKey: "demo-server", batch });
      if (status !== 200) return false;
      assert.equal(answer.accepted + answer.duplicate, batch.length, JSON.stringify(answer).slice(0, 500));
      return true;
    }, { within: 300_000, every: 100 });
  }

  event(fields) {
    return event({ userId: this.userId, ...fields });
  }

  /** Grows to so many events. */
  async growTo(events) {
    while (this.sent.length < events) {
      const count = Math.min(BATCH, events - this.sent.length);
      await this.send(Array.from({ length: count }, () => this.event()));
    }
  }

  /** Grows to so many identifiers, the login included. */
  async knownBy(ids) {
    while (this.ids + 1 < ids) {
      const count = Math.min(100, ids - 1 - this.ids);
      const first = this.ids;
      this.ids += count;
      await this.send(Array.from({ length: count }, (_, n) => this.event({ anonymousId: `${this.userId}-${first + n}` })));
      await until(`${this.ids} devices are linked`, async () => (await this.show()).pending.length === 0, { within: 120_000 });
    }
  }

  show() {
    return this.edge.profile(`user_id:${this.userId}`, "?limit=1");
  }
}

const ms = (value) => value.toFixed(value < 10 ? 2 : 0);
const size = (bytes) => (bytes === undefined ? "n/a" : `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} kB`);

/** What one event costs, one after another: workerd's processor time until all is quiet, and how long the answer takes. */
async function cost(person, cpu) {
  const device = person.ids > 0 ? { anonymousId: `${person.userId}-0` } : {};
  await person.send([person.event(device)]);
  await cpu.rest(2500);
  const before = cpu.used();
  const took = [];
  for (let n = 0; n < SAMPLE; n += 1) {
    const start = performance.now();
    await person.send([person.event(device)]);
    took.push(performance.now() - start);
  }
  await cpu.rest(2500);
  return { cpu: (cpu.used() - before) / SAMPLE, p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}

async function curve(edge, cpu, big) {
  const rows = [];
  const measure = async (person, what) => {
    const { cpu: used, p50, p99 } = await cost(person, cpu);
    rows.push({ profile: what, "CPU, ms/event": ms(used), "p50, ms": ms(p50), "p99, ms": ms(p99) });
    console.error(rows.at(-1));
  };
  for (const events of [10, 1_000, 100_000].filter((events) => events <= EVENTS)) {
    const person = new Person(edge, "long");
    await person.knownBy(2);
    await person.growTo(events);
    await measure(person, `${events} events, 2 identifiers`);
  }
  for (const ids of [1, 10, 100, 1_000].filter((ids) => ids <= IDS)) {
    await big.knownBy(ids);
    await measure(big, `${ids} identifiers`);
  }
  console.table(rows);
}

/** The most memory that workerd has ever had. */
function peak(cpu) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${cpu.pid}/status`, "utf8"))?.[1]) * 1024;
}

/** What `work` takes, and what becomes of the big one's events while it lasts: the columns of a table, and what is used then. */
async function meanwhile(edge, cpu, big, work) {
  const took = [];
  const before = cpu.used();
  let done = false;
  const traffic = (async () => {
    while (!done) {
      const sent = performance.now();
      await big.send([big.event()]);
      took.push(performance.now() - sent);
      await new Promise((next) => setTimeout(next, 20));
    }
  })();
  const columns = await work().finally(() => (done = true));
  const used = cpu.used() - before;
  const usage = await edge.usage();
  await traffic;
  const row = {
    ...columns,
    "CPU, s": (used / 1000).toFixed(1),
    "events taken meanwhile": took.length,
    "p50, ms": ms(percentile(took, 0.5)),
    "p99, ms": ms(percentile(took, 0.99)),
    "slowest, ms": ms(Math.max(...took)),
    "largest message": size(usage.largestMessage),
    "largest row": size(usage.largestRow),
    "memory of all objects": size(usage.memory),
    "workerd's peak": size(peak(cpu)),
  };
  return { row, usage };
}

/** A Durable Object's bounds. */
function bounded(usage) {
  assert.ok(usage.largestRow < 2 * 1024 ** 2, "a row is larger than 2 MB");
  assert.ok(usage.memory < 128 * 1024 ** 2, "all objects together have more than the 128 MB of one");
}

const since = (start) => ((performance.now() - start) / 1000).toFixed(1);

/** The big one and a small older one turn out to be one person, while events for both go on. */
async function merge(edge, cpu, small, big) {
  const email = `${randomUUID()}@example.com`;
  await small.send([event({ traits: { email }, anonymousId: `${small.userId}-0`, type: "identify" })]);
  const older = await edge.profile(`email:${email}`, "?limit=1");
  const younger = await big.show();
  assert.ok(older.createdAt < younger.createdAt, "the older one survives, so the big one moves");
  const start = performance.now();
  const { row, usage } = await meanwhile(edge, cpu, big, async () => {
    await big.send([big.event({ traits: { email }, type: "identify" })]);
    await until("both are one profile and nothing is pending", async () => {
      const profile = await big.show();
      return profile.profileId === older.profileId && profile.pending.length === 0;
    }, { within: 600_000, every: 250 });
    return { events: big.sent.length, identifiers: big.ids + 1, "merged after, s": since(start) };
  });
  const names = Array.from({ length: big.ids }, (_, n) => `anonymous_id:${big.userId}-${n}`);
  await until("every identifier leads to the survivor by its own entry", async () => {
    const ids = await Promise.all(names.slice(-5).map((name) => edge.profile(name, "?limit=1")));
    return ids.every((profile) => profile?.profileId === older.profileId);
  }, { within: 120_000, every: 500 });
  await lanes(names, 6, async (name) => {
    assert.equal((await edge.profile(name, "?limit=1"))?.profileId, older.profileId, name);
  });
  console.table([row]);
  bounded(usage);
}

/** The merge is taken back while events for the big one go on: each has what it had. */
async function unmerge(edge, cpu, small, big) {
  const name = `anonymous_id:${small.userId}-0`;
  const { merges, profileId } = await big.show();
  const { messageId } = merges.at(-1);
  const start = performance.now();
  const { row, usage } = await meanwhile(edge, cpu, big, async () => {
    const response = await edge.admin(`/v1/profiles/id:${profileId}/unmerge`, { method: "POST", body: JSON.stringify({ messageId }) });
    assert.equal(response.status, 200, await response.text());
    const answered = since(start);
    await until("they are two, and nothing is pending", async () => {
      const [one, other] = await Promise.all([edge.profile(name, "?limit=1"), big.show()]);
      return one?.profileId !== other?.profileId && other.pending.length === 0 && other.computed.events >= big.sent.length;
    }, { within: 600_000, every: 250 });
    return { "unmerge answered after, s": answered, "parted after, s": since(start) };
  });
  for (const [person, at] of [[small, name], [big, `user_id:${big.userId}`]]) {
    const stored = (await edge.timeline(at)).map((event) => event.messageId).sort();
    assert.deepEqual(stored, [...person.sent].sort(), at);
  }
  console.table([row]);
  bounded(usage);
}

/** Nothing is lost, and nothing is there twice. */
async function whole(edge, people) {
  const sent = people.flatMap((person) => person.sent).sort();
  const stored = (await edge.timeline(`user_id:${people.at(-1).userId}`)).map((event) => event.messageId).sort();
  assert.equal(stored.length, sent.length, "events on the timeline");
  assert.deepEqual(stored, sent);
  const { computed } = await people.at(-1).show();
  assert.equal(computed.events, sent.length, "events in the fold");
  console.log(`all ${sent.length} events are on the timeline and in the fold, each once`);
}

await script(async (closed) => {
  const edge = closed(await Edge.start({ config: false }));
  await edge.publish(config());
  const cpu = new Cpu(edge.pid);
  const small = new Person(edge, "small");
  await small.send([event({ anonymousId: `${small.userId}-0` })]);
  const big = new Person(edge, "big");
  await curve(edge, cpu, big);
  await big.knownBy(IDS);
  await big.growTo(EVENTS);
  await merge(edge, cpu, small, big);
  await whole(edge, [small, big]);
  await unmerge(edge, cpu, small, big);
  console.log(`Machine: ${machine()}.`);
});
