// Segments in the real edge: windows move with nobody there, entries and exits are told with their time and cause, decisions read
// the request, and more conditions than stand in one row are kept.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { ADMIN_KEY, Device, Edge, shopConfig, until } from "../harness/edge.mjs";

/** Which weekday it is there, now and in a minute. */
const weekdays = (timeZone) => [0, 60_000].map((later) =>
  new Intl.DateTimeFormat("en", { weekday: "long", timeZone }).format(Date.now() + later).toLowerCase());
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";

const segment = (id, rule) => ({ id, name: id, rule });
const offer = (id, audience) => ({ id, name: id, placement: id, audience, content: { type: "json", json: id } });

function config() {
  const files = shopConfig();
  const segments = {
    "left-cart": { cart: { abandoned: { seconds: 2 } } },
    "just-here": { performed: { event: "Page", within: { seconds: 2 } } },
    // Long enough for somebody to withdraw consent meanwhile, however busy the machine.
    "here-lately": { performed: { event: "Looked", within: { seconds: 8 } } },
    "did-not-buy": { sequence: { steps: [{ event: "Product Added" }], thenNot: { event: "Order Completed", within: { seconds: 1 } } } },
    "not-just-here": { all: [{ performed: { event: "Page" } }, { not: { segment: "just-here" } }] },
    spender: { performed: { event: "Order Completed", within: { calendar: "year" }, value: { take: "sum", of: "total", is: { $gte: 100 } } } },
    "on-phone": { context: { device: "mobile", "visit.entry.page.path": "/landing", "utm.source": { $in: ["mail"] } } },
    ulm: { context: { country: "DE", region: "Baden-Württemberg", city: "Ulm", browser: "Firefox", os: "Linux", device: "desktop", bot: false, referrer: { $contains: "search.example" } } },
    // Its day is never that of Pago Pago, which is 25 hours behind.
    "on-kiritimati": { context: { zone: { $regex: "^Pacific/" }, "local.weekday": { $in: weekdays("Pacific/Kiritimati") }, "local.hour": { $lt: 24 } } },
    imported: { any: [{ audience: "vip" }, { not: { audience: "vip" } }] },
  };
  for (const [id, rule] of Object.entries(segments)) files[`segments/${id}.json`] = segment(id, rule);
  for (const id of ["on-phone", "imported", "left-cart", "ulm", "on-kiritimati"]) {
    files["placements.json"].placements.push({ id, name: id });
    files[`offers/${id}.json`] = offer(id, id);
  }
  files["audiences/vip.json"] = { id: "vip", name: "VIP", namespace: "email" };
  // More conditions, and more segments, than stand in the state's own row.
  for (let n = 0; n < 60; n += 1) {
    files[`segments/tallied-${n}.json`] = segment(`tallied-${n}`, { performed: { event: "Tallied", where: { n: { $gte: n } }, count: { min: 2 } } });
  }
  return files;
}

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  await edge.publish(config());
});
after(() => edge.close());

const track = (event, properties = {}, more = {}) => ({ type: "track", event, properties, ...more });
const inside = (profile) => new Set(profile.segments.map(({ id }) => id));
const changes = (profile, id) => profile.segmentChanges.filter(({ segment: of }) => of === id).map(({ entered, how }) => [entered, how]);

test("windows move with nobody there: the alarm rings at the instant, and what changed is told with time and cause", async () => {
  const device = new Device(edge);
  const { batch } = await device.send([{ type: "page" }, track("Product Added", { product_id: "shoes", price: 80 })], ["left-cart"]);
  const name = `anonymous_id:${device.anonymousId}`;
  const read = () => edge.profile(name);
  // Nobody sends anything from here on, and a read changes nothing: only the alarm writes changes down.
  const moved = await until("the alarm has moved the windows", async () => {
    const profile = await read();
    const told = new Set(profile.segmentChanges.map(({ segment: id, entered }) => `${id}:${entered}`));
    const all = ["just-here:false", "left-cart:true", "did-not-buy:true", "not-just-here:true"];
    return all.every((one) => told.has(one)) && profile;
  });
  assert.deepEqual([...inside(moved)].sort(), ["did-not-buy", "left-cart", "not-just-here"]);
  assert.deepEqual(changes(moved, "just-here"), [[true, "event"], [false, "time"]]);
  for (const id of ["left-cart", "did-not-buy", "not-just-here"]) assert.deepEqual(changes(moved, id), [[true, "time"]], `${id} held not before`);
  const change = (id, entered) => moved.segmentChanges.find((one) => one.segment === id && one.entered === entered);
  assert.equal(change("just-here", true).messageId, batch[0].messageId);
  assert.equal(change("just-here", false).messageId, null);
  const events = new Map(moved.timeline.events.map(({ messageId, timestamp }) => [messageId, Date.parse(timestamp)]));
  const after = (id, entered) => Date.parse(change(id, entered).at) - events.get(batch[id === "just-here" || id === "not-just-here" ? 0 : 1].messageId);
  assert.equal(after("just-here", false), 2_000, "to the millisecond, however late the alarm rang");
  assert.equal(after("not-just-here", true), 2_000, "with the segment that it names");
  assert.equal(after("left-cart", true), 2_000);
  assert.equal(after("did-not-buy", true), 1_000);
  assert.equal(moved.segments.find(({ id }) => id === "left-cart").how, "time");
  // The alarm's changes leave for the archive, too, though no event has come.
  const archived = async () => (await edge.archived("segments")).filter(({ profileId, how }) => profileId === moved.profileId && how === "time");
  const byTime = moved.segmentChanges.filter(({ how }) => how === "time");
  const gone = await until("what time did is in the archive", async () => {
    const lines = await archived();
    return lines.length >= byTime.length && lines;
  });
  const told = ({ segment: id, event, entered, at, timestamp }) => `${id} ${event ?? (entered ? "Segment Entered" : "Segment Left")} ${at ?? timestamp}`;
  assert.deepEqual(gone.map(told).sort(), byTime.map(told).sort());
  // An order takes them out of it again.
  const ordered = await device.send([track("Order Completed", { order_id: randomUUID(), total: 120 })], ["left-cart"]);
  assert.equal(ordered.decisions[0].offer, null);
  const last = await read();
  assert.deepEqual([...inside(last)].sort(), ["did-not-buy", "not-just-here", "spender"]);
  assert.deepEqual(changes(last, "left-cart"), [[true, "time"], [false, "event"]]);
  // The directory hears of it, too.
  await until("the directory lists the segments", async () => {
    const { profiles } = await (await edge.admin(`/v1/directory?limit=500`)).json();
    const row = profiles.find(({ profileId }) => profileId === last.profileId);
    return row && row.segments.includes("spender") && !row.segments.includes("left-cart");
  });
});

test("of who has withdrawn consent it is known here that a window moved, and it leaves for nowhere", async () => {
  const device = new Device(edge);
  const consent = (analytics) => ({ context: { consent: { categoryPreferences: { analytics } } } });
  await device.send([track("Looked", {}, consent(true))]);
  await device.send([{ type: "track", event: "Segment Consent Preference Updated", ...consent(false) }]);
  const name = `anonymous_id:${device.anonymousId}`;
  const moved = await until("the window has moved", async () => {
    const profile = await edge.profile(name);
    return profile.segmentChanges.some(({ segment: id, entered, how }) => id === "here-lately" && !entered && how === "time") && profile;
  });
  // Whoever comes later is in the archive: by then all that was before has gone.
  const later = new Device(edge);
  await later.send([{ type: "page", ...consent(true) }]);
  const { profileId } = await edge.profile(`anonymous_id:${later.anonymousId}`);
  await edge.rest();
  const lines = await until("the later one is there", async () => {
    const all = await edge.archived("segments");
    return all.some((line) => line.profileId === profileId) && all;
  });
  const mine = lines.filter((line) => line.profileId === moved.profileId).map(({ segment: id, event, how }) => [id, event, how]);
  assert.deepEqual(mine.filter(([id]) => id === "here-lately"), [["here-lately", "Segment Entered", "event"]]);
  assert.ok(mine.every(([, , how]) => how === "event"), JSON.stringify(mine));
});

test("a decision reads the request and the visit; what is not known is held by nobody, either way", async () => {
  const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
  const anonymousId = randomUUID();
  let cookie = "";
  const send = async (path, userAgent, source) => {
    const context = { page: { path }, campaign: { source } };
    const batch = [{ type: "page", messageId: randomUUID(), anonymousId, context }];
    const decide = { placements: ["on-phone", "imported"] };
    const { answer, headers } = await edge.send({ writeKey: "demo", anonymousId, batch, decide }, { headers: { "user-agent": userAgent, cookie } });
    cookie = headers.get("set-cookie")?.split(";")[0] ?? cookie;
    return answer.decisions.map(({ offer: shown }) => shown);
  };
  assert.deepEqual(await send("/landing", phone, "mail"), ["on-phone", null]);
  assert.deepEqual(await send("/other", phone, "mail"), ["on-phone", null], "the visit began on that page");
  assert.deepEqual(await send("/other", FIREFOX, "mail"), [null, null]);
  assert.deepEqual(await send("/other", phone, "search"), [null, null]);
  // A server says whose visit it is for; an admin can ask, too, and is told what it went by.
  const asked = async (context, headers = {}) => {
    const key = headers.authorization ? {} : { writeKey: "demo-server" };
    const { answer } = await edge.send({ ...key, anonymousId, placements: ["on-phone"], context }, { path: "/v1/decide", headers });
    return answer;
  };
  const mail = { userAgent: phone, campaign: { source: "mail" } };
  const offered = ({ decisions }) => decisions[0].offer;
  assert.equal(offered(await asked(mail)), "on-phone", "the visit that its own events began");
  assert.equal(offered(await asked({ ...mail, campaign: { source: "search" } })), null);
  assert.equal(offered(await asked(undefined)), null, "nothing is known of the request");
  const previewed = await asked(mail, { authorization: `Bearer ${ADMIN_KEY}` });
  assert.equal(offered(previewed), "on-phone");
  const why = previewed.why.answers.why["on-phone"];
  assert.deepEqual(why.rule, { holds: true, context: { device: "mobile", "utm.source": "mail", "visit.entry.page.path": "/landing" } });
  const { segments } = await edge.profile(`anonymous_id:${anonymousId}`);
  assert.ok(segments.every(({ id }) => id !== "on-phone" && id !== "imported"), "neither is a part of the profile");
});

test("a decision reads where the visitor is, as the platform tells, and what the clock shows there", async () => {
  const send = async (cf, { agent = FIREFOX, referrer = "https://search.example/?q=shoes" } = {}) => {
    const anonymousId = randomUUID();
    const batch = [{ type: "page", messageId: randomUUID(), anonymousId, context: { page: { referrer } } }];
    const body = { writeKey: "demo", anonymousId, batch, decide: { placements: ["ulm", "on-kiritimati"] } };
    // A header has no letters beyond ASCII.
    const blob = JSON.stringify(cf).replace(/[^ -~]/gu, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
    const { answer } = await edge.send(body, { headers: { "user-agent": agent, "MF-CF-Blob": blob } });
    return answer.decisions.map(({ offer: shown }) => shown);
  };
  const ulm = { country: "DE", region: "Baden-Württemberg", city: "Ulm", timezone: "Europe/Berlin" };
  assert.deepEqual(await send(ulm), ["ulm", null]);
  for (const other of [{ country: "AT" }, { region: "Bavaria" }, { city: "Bonn" }]) {
    assert.deepEqual(await send({ ...ulm, ...other }), [null, null], JSON.stringify(other));
  }
  assert.deepEqual(await send(ulm, { agent: FIREFOX.replace("X11; Linux", "Windows NT 10.0") }), [null, null], "another system");
  assert.deepEqual(await send(ulm, { referrer: "https://mail.example/" }), [null, null]);
  assert.deepEqual(await send({ timezone: "Pacific/Kiritimati" }), [null, "on-kiritimati"]);
  assert.deepEqual(await send({ timezone: "Pacific/Pago_Pago" }), [null, null]);
});

test("more conditions and segments than stand in one row are kept in rows of their own, also over a restart", async () => {
  const device = new Device(edge);
  const name = `anonymous_id:${device.anonymousId}`;
  await device.send([track("Tallied", { n: 30 })]);
  assert.equal([...inside(await edge.profile(name))].filter((id) => id.startsWith("tallied")).length, 0);
  await edge.kill();
  await edge.up();
  await device.send([track("Tallied", { n: 10 })]);
  const twice = [...inside(await edge.profile(name))].filter((id) => id.startsWith("tallied"));
  assert.equal(twice.length, 11, twice.join(" "));
  await device.send([track("Tallied", { n: 59 }), track("Tallied", { n: 59 })]);
  const since = async () => (await edge.profile(name)).segments.filter(({ id }) => id.startsWith("tallied"));
  const before = await since();
  assert.equal(before.length, 60);
  await edge.kill();
  await edge.up();
  await device.send([{ type: "page" }]);
  assert.deepEqual(await since(), before, "each since when, and by what");
});

test("what is wrong with a rule is refused with where and what to do", async () => {
  const wrong = {
    near: [{ traits: { age: { $near: 3 } } }, "rule.traits.age.$near", /no operator/u],
    window: [{ performed: { event: "A", within: { days: 1, calendar: "day" } } }, "rule.performed.within", /give one of/u],
    zone: [{ performed: { event: "A", within: { calendar: "day", zone: "Europe/Atlantis" } } }, "rule.performed.within.zone", /no time zone/u],
    circle: [{ not: { segment: "circle" } }, "rule", /names itself/u],
    steps: [{ all: [{ sequence: { steps: [{ event: "A" }] } }] }, "rule.all[0].sequence.steps", /one step alone/u],
    unknown: [{ dreamt: {} }, "rule", /`dreamt` is not known here: write one of `all`/u],
  };
  for (const [id, [rule, path, reason]] of Object.entries(wrong)) {
    const files = { ...config(), [`segments/${id}.json`]: segment(id, rule) };
    const response = await edge.admin("/v1/config", { method: "PUT", body: JSON.stringify({ files }) });
    assert.equal(response.status, 422, id);
    const { errors } = await response.json();
    assert.equal(errors.length, 1, JSON.stringify(errors));
    assert.equal(errors[0].path, path, JSON.stringify(errors));
    assert.match(errors[0].reason, reason);
  }
});
