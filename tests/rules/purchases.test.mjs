// Rules at random over a year of real purchases: who is in each segment is what a query over the raw file says. The engine reads the
// events and the rules as they are published; the queries are written from docs/segments.md, for SQLite, and share nothing with it.
//
// FOLD is the command `selvedge-fold`. SEED=… tries the same again, HOUSEHOLDS=414 all of them, RULES=… more.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

const root = resolve(import.meta.dirname, "../..");
const seed = Number(process.env.SEED ?? Date.now() % 1e9);
const [HOUSEHOLDS, RULES] = [Number(process.env.HOUSEHOLDS ?? 30), Number(process.env.RULES ?? 60)];
console.log(`SEED=${seed}`);

const DAY = 86_400_000;
let state = (seed * 7_919) % 2_147_483_647 || 1;
/** A whole number from 0 on, below this one. */
function below(many) {
  state = (state * 48_271) % 2_147_483_647;
  return state % many;
}
const one = (list) => list[below(list.length)];
const between = (from, to) => from + below(to - from + 1);

/** An operator of a condition, as it is written and as SQL has it. */
const compared = (number) => {
  const [operator, sql] = one([["$gte", ">="], ["$lt", "<"], ["$gt", ">"], ["$lte", "<="]]);
  return { is: { [operator]: number }, sql: (figure) => `${figure} ${sql} ${number}` };
};

/** Which orders: what stands under `where`, and what SQL says of a row `o`. */
const FILTERS = [
  () => ({ where: {}, sql: () => "1" }),
  () => ({ where: {}, sql: () => "1" }),
  () => {
    const { is, sql } = compared(between(1, 60));
    return { where: { total: is }, sql: (o) => sql(`${o}.cents / 100.0`) };
  },
  () => {
    const stores = STORES.filter(() => below(3) === 0);
    const list = stores.map((store) => `'${store}'`).join(",");
    const not = below(2) === 1;
    return { where: { affiliation: { [not ? "$nin" : "$in"]: stores } }, sql: (o) => `${o}.store ${not ? "NOT IN" : "IN"} (${list})` };
  },
  () => {
    const category = one(["MEAT", "PRODUCE", "DELI", "PASTRY", "SPIRITS", "DRUG GM", "FLORAL"]);
    const price = between(1, 8);
    return {
      where: { products: { $elemMatch: { category, price: { $gte: price } } } },
      sql: (o) => `EXISTS (SELECT 1 FROM lines l WHERE l.basket = ${o}.basket AND l.category = '${category}' AND l.price >= ${price})`,
    };
  },
  () => {
    const many = between(2, 20);
    const { is, sql } = compared(many);
    return { where: { products: { $size: is } }, sql: (o) => sql(`(SELECT count(*) FROM lines l WHERE l.basket = ${o}.basket)`) };
  },
];

/** Units of the calendar as SQLite has them, of a time in seconds. */
const STARTS = {
  day: "'start of day'",
  week: "'start of day', '-6 days', 'weekday 1'",
  month: "'start of month'",
  year: "'start of year'",
};
const BEFORE = { day: "days", week: "days", month: "months", year: "years" };
/** A zone whose clocks never change, and how far they are ahead. */
const ZONES = [[undefined, 0], ["Asia/Kolkata", 19_800], ["America/Phoenix", -25_200]];

/** When: what stands under `within`, and what SQL says of a row `o` of a household `h`. */
const WINDOWS = [
  () => ({ within: undefined, sql: () => "1" }),
  () => {
    const [days, hours] = [between(0, 100), between(1, 23)];
    return { within: { days, hours }, sql: (o) => `${o}.at > ${NOW - days * DAY - hours * 3_600_000}` };
  },
  () => {
    const unit = one(Object.keys(STARTS));
    const [zone, ahead] = one(ZONES);
    const back = below(4);
    const begins = (moved) => `(unixepoch(${Math.floor(NOW / 1000) + ahead}, 'unixepoch', ${STARTS[unit]}${moved}) - ${ahead}) * 1000`;
    const units = unit === "week" ? back * 7 : back;
    const from = begins(back ? `, '-${units} ${BEFORE[unit]}'` : "");
    const until = back ? begins("") : NOW + 1;
    return { within: { calendar: unit, back, ...(zone && { zone }) }, sql: (o) => `${o}.at >= ${from} AND ${o}.at < ${until}` };
  },
  () => {
    const { where, sql } = one(FILTERS)();
    return {
      within: { since: { event: "Order Completed", where } },
      sql: (o) => `${o}.at > (SELECT max(s.at) FROM orders s WHERE s.household = h.id AND ${sql("s")})`,
    };
  },
];

/** So many orders, or what their totals come to. */
function performed() {
  const [filter, window] = [one(FILTERS)(), one(WINDOWS)()];
  const rows = `FROM orders o WHERE o.household = h.id AND ${filter.sql("o")} AND ${window.sql("o")}`;
  const asked = { event: "Order Completed", where: filter.where, ...(window.within && { within: window.within }) };
  const min = below(6);
  const max = below(2) ? undefined : min + below(20);
  const counted = `(SELECT count(*) ${rows}) BETWEEN ${min} AND ${max ?? 1e9}`;
  const count = { min, ...(max !== undefined && { max }) };
  // Of windows that slide, figures over more than a hundred orders are told by stretches: see docs/segments.md.
  const numbers = { sum: [10, 900], average: [5, 60], min: [1, 20], max: [20, 200] };
  const take = one(["none", "none", ...Object.keys(numbers), "distinct", "mostFrequent", "first", "last"]);
  if (take === "none") return { rule: { performed: { ...asked, count } }, sql: counted };
  const exactly = `(SELECT count(*) ${rows}) <= 100`;
  const answer = (of, is, sql) => ({
    rule: { performed: { ...asked, count, value: { take, of, is } } }, sql: `${counted} AND ${sql}`,
    unless: window.within?.days === undefined && !window.within?.since ? undefined : `NOT (${exactly})`,
  });
  if (numbers[take]) {
    const { is, sql } = compared(between(...numbers[take]));
    // Amounts are cents, in whole numbers; of nothing a sum is 0 and all else is null, which has no order.
    const figure = { sum: "coalesce(sum(o.cents), 0) / 100.0", average: "(sum(o.cents) * 10000 / count(*)) / 1000000.0", min: "min(o.cents) / 100.0", max: "max(o.cents) / 100.0" };
    return answer("total", is, `coalesce((SELECT ${sql(figure[take])} ${rows}), 0)`);
  }
  if (take === "distinct") {
    const { is, sql } = compared(between(1, 4));
    return answer("affiliation", is, sql(`(SELECT count(DISTINCT o.store) ${rows})`));
  }
  const store = one(STORES);
  const order = { mostFrequent: "GROUP BY o.store ORDER BY count(*) DESC, o.store", first: "ORDER BY o.at, o.id", last: "ORDER BY o.at DESC, o.id DESC" };
  return answer("affiliation", store, `coalesce((SELECT o.store ${rows} ${order[take]} LIMIT 1) = '${store}', 0)`);
}

/** One order after the other, with none of a third kind in between, or none of it after. Over the newest hundred that are any of them. */
function sequence() {
  const [a, b, c] = [one(FILTERS)(), one(FILTERS)(), one(FILTERS)()];
  const [soon, later, lately] = [between(1, 20), between(1, 30), between(5, 300)];
  const [without, thenNot, within] = [below(2), below(2), below(2)];
  const selector = ({ where }) => ({ event: "Order Completed", where });
  const steps = [selector(a), { ...selector(b), within: { days: soon }, ...(without && { without: selector(c) }) }];
  const rule = { sequence: { steps, ...(thenNot && { thenNot: { ...selector(c), within: { days: later } } }), ...(within && { within: { days: lately } }) } };
  const kinds = Object.entries({ a, b, ...((without || thenNot) && { c }) });
  const any = kinds.map(([, { sql }]) => sql("o")).join(" OR ");
  const which = kinds.map(([kind, { sql }]) => `(${sql("o")}) AS ${kind}`).join(", ");
  const newest = `SELECT o.at, o.id, ${which} FROM orders o WHERE o.household = h.id AND (${any}) ORDER BY o.at DESC, o.id DESC LIMIT 100`;
  const list = `SELECT *, row_number() OVER (ORDER BY at, id) AS n FROM (${newest})`;
  const parts = ["x.a", "y.b", "x.n < y.n", `y.at - x.at <= ${soon * DAY}`];
  if (within) parts.push(`y.at > ${NOW - lately * DAY}`);
  if (without) parts.push("NOT EXISTS (SELECT 1 FROM list z WHERE z.c AND z.n > x.n AND z.n < y.n)");
  if (thenNot) parts.push(`y.at + ${later * DAY} <= ${NOW}`, `NOT EXISTS (SELECT 1 FROM list z WHERE z.c AND z.n > y.n AND z.at <= y.at + ${later * DAY})`);
  return { rule, sql: `EXISTS (WITH list AS MATERIALIZED (${list}) SELECT 1 FROM list x, list y WHERE ${parts.join(" AND ")})` };
}

/** What all orders come to. */
function computed() {
  const [name, figure, most] = one([
    ["orders", "count(*)", 150], ["revenue", "coalesce(sum(o.cents), 0) / 100.0", 4_000],
  ]);
  const { is, sql } = compared(between(1, most));
  const all = sql(`(SELECT ${figure} FROM orders o WHERE o.household = h.id)`);
  return { rule: { traits: { [`computed.${name}`]: is } }, sql: all };
}

/** A rule of these, which may name those before it. */
function rule(before) {
  const leaf = () => {
    const named = before.length && below(6) === 0 ? one(before) : undefined;
    if (named) return { rule: { segment: named.id }, sql: `EXISTS (SELECT 1 FROM members m WHERE m.household = h.id AND m.segment = '${named.id}')`, unless: named.unless };
    return one([performed, performed, performed, sequence, computed])();
  };
  const kind = below(6);
  if (kind > 2) return leaf();
  const parts = Array.from({ length: kind === 2 ? 1 : between(1, 3) }, leaf);
  const unless = parts.flatMap((part) => part.unless ?? []).join(" OR ") || undefined;
  const sql = parts.map((part) => `(${part.sql})`);
  if (kind === 2) return { rule: { not: parts[0].rule }, sql: `NOT ${sql[0]}`, unless };
  return { rule: { [kind ? "any" : "all"]: parts.map((part) => part.rule) }, sql: sql.join(kind ? " OR " : " AND "), unless };
}

const orders = gunzipSync(readFileSync(join(root, "examples/complete-journey/orders.ndjson.gz"))).toString().trimEnd().split("\n").map((line) => JSON.parse(line));
const everybody = [...new Set(orders.map(({ userId }) => userId))];
const households = new Set(Array.from({ length: Math.min(HOUSEHOLDS, everybody.length) }, () => everybody.splice(below(everybody.length), 1)[0]));
/** Some instant of the second half of the year, and what was until then. */
const NOW = Date.parse("2017-07-01T00:00:00Z") + below(184 * 1440) * 60_000 + below(60_000);
const log = orders.filter(({ userId, timestamp }) => households.has(userId) && Date.parse(timestamp) <= NOW);
const STORES = (() => {
  const times = new Map();
  for (const { properties } of log) times.set(properties.affiliation, (times.get(properties.affiliation) ?? 0) + 1);
  return [...times].sort(([, a], [, b]) => b - a).slice(0, 12).map(([store]) => store);
})();

function database() {
  const made = new DatabaseSync(":memory:");
  made.exec("CREATE TABLE households (id); CREATE TABLE orders (household, basket, id, at, cents, store); CREATE TABLE lines (basket, category, price); CREATE TABLE members (household, segment)");
  const [household, order, line] = ["households VALUES (?)", "orders VALUES (?, ?, ?, ?, ?, ?)", "lines VALUES (?, ?, ?)"].map((into) => made.prepare(`INSERT INTO ${into}`));
  made.exec("BEGIN");
  for (const id of new Set(log.map(({ userId }) => userId))) household.run(id);
  for (const { userId, messageId, timestamp, properties } of log) {
    order.run(userId, properties.order_id, messageId, Date.parse(timestamp), Math.round(properties.total * 100), properties.affiliation);
    for (const { category = null, price } of properties.products) line.run(properties.order_id, category, price);
  }
  made.exec("COMMIT; CREATE INDEX a ON orders (household); CREATE INDEX b ON lines (basket)");
  return made;
}

test("who is in is what a query over the raw file finds, whatever the rule", { timeout: 300_000 }, () => {
  const all = [];
  for (let n = 0; n < RULES; n += 1) all.push({ id: `s${n}`, ...rule(all) });
  const files = {
    "sources.json": { sources: [{ id: "pos", name: "POS", writeKey: "pos", kind: "server", identity: { mode: "open" } }] },
    ...Object.fromEntries(all.map(({ id, rule }) => [`segments/${id}.json`, { id, name: id, rule }])),
  };
  const folder = mkdtempSync(join(tmpdir(), "selvedge-rules-"));
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(files));
  const ids = [...new Set(log.map(({ userId }) => userId))];
  const input = ids.map((id) => JSON.stringify({ steps: log.filter(({ userId }) => userId === id).map((event) => ({ event })) })).join("\n");
  const { status, stdout, stderr } = spawnSync(process.env.FOLD, [config, new Date(NOW).toISOString()], { input, maxBuffer: 2 ** 30 });
  rmSync(folder, { recursive: true });
  assert.equal(status, 0, String(stderr));
  const inside = new Map(all.map(({ id }) => [id, []]));
  String(stdout).trimEnd().split("\n").forEach((line, n) => {
    const [person, ...others] = JSON.parse(line).people;
    assert.equal(others.length, 0);
    for (const id of person.segments) inside.get(id).push(ids[n]);
  });
  const raw = database();
  const member = raw.prepare("INSERT INTO members VALUES (?, ?)");
  let [some, left] = [0, 0];
  for (const { id, rule, sql, unless } of all) {
    const list = (where) => raw.prepare(`SELECT h.id FROM households h WHERE ${where}`).all().map((row) => row.id);
    const beyond = new Set(unless ? list(unless) : []);
    const members = list(sql);
    for (const who of members) member.run(who, id);
    const [engine, query] = [inside.get(id), members].map((found) => found.filter((who) => !beyond.has(who)).sort());
    assert.deepEqual(engine, query, `SEED=${seed} ${id}: ${JSON.stringify(rule)}\n${sql}`);
    if (query.length > 0 && query.length < ids.length - beyond.size) some += 1;
    left += beyond.size;
  }
  console.log(`${all.length} rules over ${log.length} orders of ${ids.length} households at ${new Date(NOW).toISOString()}: ${some} hold for some of them and not for others; ${left} answers of more than a hundred orders in a window were left out`);
  assert.ok(some > RULES / 4, "rules that hold for everybody or for nobody show little");
});
