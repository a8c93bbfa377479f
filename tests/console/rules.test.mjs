// What the console does with rules, lists and order by itself, as laws: nothing that a rule says is lost on its way through the
// builder, a list that is cut says what it said whole, and an offer that is moved is where it was put.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parts } from "../../js/console/src/audiences/cut.ts";
import { inLanes } from "../../js/console/src/audiences/lanes.ts";
import { asking, ASKS, rowOf, testOf } from "../../js/console/src/audiences/condition.ts";
import { fresh, KINDS, toRule, toTree } from "../../js/console/src/audiences/tree.ts";
import { inOrder, moved } from "../../js/console/src/offers/order.ts";

const fc = createRequire(new URL("../../js/package.json", import.meta.url))("fast-check");
const root = resolve(import.meta.dirname, "../..");
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const hold = (t, ...law) => {
  t.diagnostic(`SEED=${seed}`);
  fc.assert(fc.property(...law), { seed, numRuns: 500 });
};

/** Each rule that an example has. */
function examples() {
  const folders = readdirSync(join(root, "examples"), { recursive: true, withFileTypes: true });
  const files = folders.filter((one) => one.isFile() && one.parentPath.endsWith("segments") && one.name.endsWith(".json"));
  return files.map((one) => JSON.parse(readFileSync(join(one.parentPath, one.name), "utf8")).rule);
}

const name = fc.constantFrom("a", "tier", "computed.orders", "address.city");
const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string(), { maxLength: 3 }));
const asked = fc.oneof(value, fc.dictionary(fc.constantFrom("$eq", "$in", "$gte", "$lt", "$exists", "$elemMatch", "$near"), value, { maxKeys: 2 }));
const condition = fc.dictionary(fc.oneof(name, fc.constantFrom("$or", "$not")), asked, { maxKeys: 3 });
const span = fc.dictionary(fc.constantFrom("days", "hours", "minutes"), fc.nat(90), { minKeys: 1, maxKeys: 2 });
const selector = fc.record({ event: fc.string(), where: condition, context: condition }, { requiredKeys: ["event"] });
const window = fc.oneof(span, fc.record({ calendar: fc.constantFrom("day", "month"), back: fc.nat(3), zone: fc.constant("Europe/Berlin") }, { requiredKeys: ["calendar"] }), fc.record({ since: selector }));
const leaf = fc.oneof(
  fc.record({ performed: fc.record({ event: fc.string(), where: condition, within: window, count: fc.record({ min: fc.nat(5), max: fc.nat(9) }, { requiredKeys: [] }), value: fc.record({ take: fc.constantFrom("sum", "last"), of: name, is: asked }) }, { requiredKeys: ["event"] }) }),
  fc.record({ sequence: fc.record({ steps: fc.array(selector, { maxLength: 3 }), thenNot: selector, within: span }, { requiredKeys: ["steps"] }) }),
  fc.record({ traits: condition }),
  fc.record({ context: condition }),
  fc.record({ cart: fc.record({ contains: condition, value: asked, quantity: asked, abandoned: span }, { requiredKeys: [] }) }),
  fc.record({ score: fc.record({ of: name, min: fc.integer(), max: fc.integer() }, { requiredKeys: ["of"] }) }),
  fc.record({ segment: fc.string() }),
  fc.record({ audience: fc.string() }),
  // What this console has never heard of, or what is no rule.
  fc.anything({ withBigInt: false }).map((odd) => JSON.parse(JSON.stringify(odd ?? null))),
);
const { rule } = fc.letrec((tie) => ({
  rule: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, tie("all"), tie("any"), tie("not")),
  all: fc.record({ all: fc.array(tie("rule"), { maxLength: 3 }) }),
  any: fc.record({ any: fc.array(tie("rule"), { maxLength: 3 }) }),
  not: fc.record({ not: tie("rule") }),
}));

/** As a file has it. */
const json = (value) => JSON.parse(JSON.stringify(value));

const leaves = (node) => ("rules" in node ? node.rules.flatMap(leaves) : [node]);

/** What stands at a place that an error names. */
const standing = (rule, at) => at.split(/[.[\]]+/u).filter(Boolean).slice(1).reduce((part, step) => part?.[step], rule);

test("every rule of the examples comes out of the builder as it went in, and all of it has controls", () => {
  const rules = examples();
  assert.ok(rules.length >= 10, `${rules.length} rules`);
  for (const one of rules) {
    assert.deepEqual(toRule(toTree(one)), one);
    assert.ok(leaves(toTree(one)).every(({ field }) => field !== "other"), JSON.stringify(one));
  }
  for (const kind of KINDS) assert.deepEqual(leaves(toTree(fresh(kind))).map(({ field }) => field), [kind]);
});

test("whatever a rule says comes out of the builder as it went in, and each part knows where it stands", (t) => {
  hold(t, rule.map(json), (one) => {
    const tree = toTree(one);
    assert.deepEqual(toRule(tree), one);
    for (const { at, value } of leaves(tree)) assert.deepEqual(standing({ rule: one }.rule, at), value, at);
  });
});

test("a condition's row says what the condition says; asking something else keeps to what can be asked", (t) => {
  hold(t, asked.map(json), fc.constantFrom(...Object.keys(ASKS)), (test, ask) => {
    const row = rowOf(test);
    if (!row) return;
    assert.deepEqual(testOf(row), test);
    assert.ok(rowOf(testOf(asking(row, ask))), ask);
  });
});

const rows = async (list) => {
  const all = [];
  for await (const one of list) all.push(one);
  return all;
};

async function* inChunks(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("a list that is cut has every row once, on its line, and each part the header", async (t) => {
  t.diagnostic(`SEED=${seed}`);
  const plain = fc.stringMatching(/^[a-z"]{0,6}$/u).map((text) => text.replace(/^"/u, "x"));
  const quoted = fc.stringMatching(/^[a-z",\n]{0,8}$/u).map((text) => `"${text.replaceAll('"', '""')}"`);
  const record = fc.tuple(fc.oneof(plain, quoted), fc.oneof(plain, quoted)).map((fields) => fields.join(","));
  const ends = fc.constantFrom("\n", "\r\n");
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 30 }), ends, fc.boolean(), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 20, max: 200 }), async (records, end, closed, chunk, size) => {
      const text = ["email,name", ...records].join(end) + (closed ? end : "");
      const bytes = new TextEncoder().encode(`\ufeff${text}`);
      const cut = await rows(parts(inChunks(bytes, chunk), size));
      const header = records.length > 0 || closed ? `email,name${end}` : "email,name\n";
      const texts = cut.map(({ bytes }) => new TextDecoder().decode(bytes));
      for (const text of texts) assert.ok(text.startsWith(header));
      assert.equal(header.trimEnd() + texts.map((text) => text.slice(header.length)).join(""), (header.trimEnd() + text.slice(text.indexOf("\n") < 0 ? text.length : text.indexOf("\n") + 1)));
      assert.deepEqual(cut.map(({ n }) => n), cut.map((_, index) => index));
      for (const { firstLine, bytes } of cut.slice(0, records.length > 0 ? undefined : 0)) {
        const first = new TextDecoder().decode(bytes).slice(header.length);
        assert.ok(text.split("\n").slice(firstLine - 1).join("\n").startsWith(first), `line ${firstLine}`);
      }
    }),
    { seed, numRuns: 300 },
  );
});

test("lines of JSON are cut between objects, whatever quotes are in them", async () => {
  const lines = Array.from({ length: 9 }, (_, n) => JSON.stringify({ email: `a"${n}@example.com`, note: "x,y" }));
  const cut = await rows(parts(inChunks(new TextEncoder().encode(lines.join("\n")), 7), 100));
  assert.ok(cut.length > 2);
  assert.equal(cut.map(({ bytes }) => new TextDecoder().decode(bytes)).join(""), lines.join("\n"));
  assert.equal(cut.at(-1).firstLine, lines.length - (new TextDecoder().decode(cut.at(-1).bytes).split("\n").length - 1));
});

test("an offer that is moved is where it was put, and the others stay in their order", (t) => {
  const offers = fc.uniqueArray(fc.record({ id: fc.stringMatching(/^[a-z]{1,3}$/u), priority: fc.integer({ min: -5, max: 30 }) }), { selector: ({ id }) => id, minLength: 2, maxLength: 30 });
  hold(t, offers, fc.nat(), fc.nat(), (offers, one, other) => {
    const [from, to] = [one % offers.length, other % offers.length];
    const wanted = inOrder(offers).map(({ id }) => id);
    wanted.splice(to, 0, ...wanted.splice(from, 1));
    const changed = moved(offers, from, to);
    const after = offers.map(({ id, priority }) => ({ id, priority: changed[id] ?? priority }));
    assert.deepEqual(inOrder(after).map(({ id }) => id), wanted);
  });
});

test("of things that are worked on some at a time, one that fails is heard of, whichever it is", async () => {
  for (let failing = 0; failing < 7; failing += 1) {
    const done = [];
    let under = 0;
    let most = 0;
    async function* things() {
      for (let n = 0; n < 7; n += 1) {
        // Whoever reads a file takes a while: what fails meanwhile fails unseen.
        await new Promise((after) => setImmediate(after));
        yield n;
      }
    }
    const work = async (n) => {
      most = Math.max(most, (under += 1));
      await null;
      under -= 1;
      if (n === failing) throw new Error(`${n} failed`);
      done.push(n);
    };
    await assert.rejects(inLanes(3, things(), work), { message: `${failing} failed` });
    await inLanes(3, things(), async (n) => void done.push(n));
    assert.ok(most <= 3);
    assert.deepEqual(done.slice(-7), [0, 1, 2, 3, 4, 5, 6]);
  }
});
