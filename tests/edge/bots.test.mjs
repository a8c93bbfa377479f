// Bots (golden case S53): what they send is kept in the archive with a mark, and reaches nothing else.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { after, before, test } from "node:test";
import { ADMIN_KEY, Device, Edge, USER_AGENT, shopConfig, until } from "../harness/edge.mjs";

const HEADLESS = USER_AGENT.replace("Chrome/", "HeadlessChrome/");
const GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const html = (text) => ({ type: "html", html: text });

function config() {
  const files = shopConfig();
  files["placements.json"].placements.push({ id: "tried", name: "" }, { id: "few", name: "" });
  const goal = { event: "Order Completed" };
  const variants = ["x", "y"].map((id) => ({ id, content: html(id) }));
  files["offers/tried.json"] = { id: "tried", name: "Tried", placement: "tried", content: html("own"), variants, experiment: { kind: "split", goal } };
  files["offers/few.json"] = { id: "few", name: "Few", placement: "few", content: html("few"), caps: { all: { campaign: 2 } } };
  const [shop] = files["sources.json"].sources;
  files["sources.json"].sources.push({ ...shop, id: "app", name: "App", writeKey: "app", bots: "include" });
  return files;
}

let edge;
before(async () => {
  edge = await Edge.start({ config: false });
  await edge.publish(config());
});
after(() => edge.close());

const json = async (path) => (await edge.admin(path)).json();
const track = (more) => ({ type: "track", event: "Seen", messageId: randomUUID(), ...more });
const send = (batch, { agent = USER_AGENT, writeKey = "demo", headers = {}, ...more } = {}) =>
  edge.send({ writeKey, batch, ...more }, { path: "/v1/batch?results=1", headers: { "user-agent": agent, ...headers } });
const outcomes = ({ answer }) => answer.results.map(({ outcome, code }) => code ?? outcome);

/** Lines of bots in the archive. */
async function archived() {
  const { files } = await json("/v1/archive?of=bots&limit=500");
  const read = async ({ file, lines, lineVersion }) => {
    const text = gunzipSync(Buffer.from(await (await edge.admin(`/v1/archive/file?name=${encodeURIComponent(file)}`)).arrayBuffer())).toString();
    const all = text.trimEnd().split("\n").map((line) => ({ file, line: JSON.parse(line) }));
    assert.deepEqual([all.length, lineVersion], [lines, 2]);
    return all;
  };
  return (await Promise.all(files.map(read))).flat();
}

async function counted() {
  const { intake } = await json("/v1/intake");
  return Object.fromEntries(intake.map(({ source, code, count }) => [`${source}:${code}`, count]));
}

test("S53: ten thousand events of one id with a headless browser are in the archive, and nowhere else", async () => {
  const person = new Device(edge);
  await person.send([{ type: "page" }]);
  await edge.rest();
  const before = { usage: await edge.usage(), directory: (await json("/v1/directory?limit=500")).profiles.length };
  const anonymousId = randomUUID();
  const events = Array.from({ length: 10_000 }, (_, n) => track({
    anonymousId, messageId: `bot-${n}`, ...(n % 100 ? {} : { event: "Order Completed", properties: { botProperty: n, total: 10 } }),
  }));
  for (let at = 0; at < events.length; at += 1_000) {
    const placements = ["hero", "tried", "few"];
    const { status, headers, answer } = await send(events.slice(at, at + 1_000), { agent: HEADLESS, anonymousId, decide: { placements } });
    assert.deepEqual([status, answer.accepted, answer.duplicate, answer.rejected, answer.bot], [200, 0, 0, 0, 1_000]);
    assert.ok(answer.results.every(({ outcome, code, message }) => outcome === "bot" && code === "bot_user_agent" && message.includes("include")));
    assert.deepEqual([answer.device, headers.get("set-cookie")], ["bot", null]);
    assert.ok(answer.decisions.every(({ token }) => token === undefined), "what a bot says of what it was shown counts nowhere");
  }
  // What a person does meanwhile is as ever.
  const { decisions } = await person.send([track({ event: "Order Completed", properties: { total: 5 } })], ["few"]);
  assert.equal(decisions[0].offer, "few", "no room of the cap was taken");
  const lines = await until("all are in the archive", async () => {
    const lines = await archived();
    return new Set(lines.map(({ line }) => line.id)).size === events.length && lines;
  }, { every: 200 });
  const { file, line } = lines.find(({ line }) => line.messageId === "bot-100");
  assert.match(file, /^bots\/source=shop\/hour=[0-9T-]+\/[0-9a-f]{32}\.ndjson\.gz$/);
  assert.deepEqual([line.id, line.bot, line.userAgent, line.source], ["bot/shop/bot-100", "user_agent", HEADLESS, "shop"]);
  assert.deepEqual([line.body.anonymousId, line.body.properties], [anonymousId, { botProperty: 100, total: 10 }]);
  await edge.rest();
  assert.equal(await edge.profile(`anonymous_id:${anonymousId}`), null);
  assert.equal((await json("/v1/directory?limit=500")).profiles.length, before.directory);
  const { results } = await json("/v1/experiments/tried");
  assert.deepEqual(results.arms.map(({ counted }) => [counted.n, counted.converted]), results.arms.map(() => [0, 0]));
  const { events: names } = await json("/v1/catalogue");
  assert.ok(!JSON.stringify(names).includes("botProperty"));
  const { events: taken } = await edge.usage();
  assert.equal(taken - before.usage.events, 1);
  const { files } = await json("/v1/archive?limit=500");
  assert.ok(files.reduce((sum, { lines }) => sum + lines, 0) < 20, "what the events' readers read has none of it");
  assert.equal((await counted())["shop:bot_user_agent"], events.length);
});

test("no console is told of what bots do", async () => {
  const socket = new WebSocket(new URL("/v1/live", edge.url.replace("http", "ws")), { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  const pulses = [];
  socket.onmessage = ({ data }) => data !== "pong" && pulses.push(...[JSON.parse(data).pulse ?? []].flat());
  const [person, anonymousId] = [new Device(edge), randomUUID()];
  let [sent, asked] = [0, 0];
  await until("what people do is told", async () => {
    await send([track({ anonymousId, event: "Crawled" }), track({ anonymousId, event: "Crawled" })], { agent: GOOGLEBOT, decide: { placements: ["hero"] } });
    await person.send([track()], ["hero"]);
    [sent, asked] = [sent + 1, asked + 1];
    return pulses.some(({ events }) => events > 0) && pulses.some(({ decisions }) => decisions > 0);
  }, { every: 500 });
  const sum = (of) => pulses.reduce((sum, pulse) => sum + pulse[of], 0);
  assert.ok(sum("events") <= sent && sum("decisions") <= asked, JSON.stringify(pulses));
  assert.ok(!JSON.stringify(pulses).includes("Crawled"));
  socket.close();
});

test("a browser is a bot's by what it says, by what drives it, and by what the platform thinks", async () => {
  const event = () => [track({ anonymousId: randomUUID() })];
  const platform = (botManagement) => ({ headers: { "MF-CF-Blob": JSON.stringify({ country: "DE", botManagement }) } });
  for (const [more, expected] of [
    [{}, "accepted"],
    [{ agent: GOOGLEBOT }, "bot_user_agent"],
    [{ agent: "" }, "bot_user_agent"],
    [{ agent: "curl/8.5.0" }, "bot_user_agent"],
    [{ context: { webdriver: true } }, "bot_webdriver"],
    [{ context: { webdriver: "no" } }, "accepted"],
    [platform({ score: 1, verifiedBot: false }), "bot_score"],
    [platform({ score: 99, verifiedBot: true }), "bot_score"],
    [platform({ score: 85, verifiedBot: false }), "accepted"],
    [platform({ score: 0 }), "accepted"],
    [platform("none"), "accepted"],
    // Who says so is taken at their word everywhere else.
    [{ agent: GOOGLEBOT, writeKey: "app" }, "accepted"],
    [{ agent: GOOGLEBOT, context: { consent: { categoryPreferences: { analytics: false } } } }, "consent_denied"],
  ]) assert.deepEqual(outcomes(await send(event(), more)), [expected], JSON.stringify(more));
});

test("a device that was known is nobody to a bot, and stays what it was", async () => {
  const device = new Device(edge);
  await device.identify(randomUUID(), { tier: "gold" });
  const [agent, cookie] = [GOOGLEBOT, device.cookie];
  const batch = [{ ...track({ anonymousId: device.anonymousId }), userId: device.userId, traits: { tier: "none" } }];
  const { answer, headers } = await send(batch, { agent, headers: { cookie }, anonymousId: device.anonymousId, decide: { placements: ["hero", "tried"] } });
  assert.deepEqual([outcomes({ answer }), answer.device, headers.get("set-cookie")], [["bot_user_agent"], "bot", null]);
  // What is for everybody is for bots, but no experiment's variant.
  assert.deepEqual(answer.decisions.map(({ variant, reason, token }) => [variant, reason, token]), [[null, "bot", undefined], [null, "everybody", undefined]]);
  const { traits, timeline } = await edge.profile(`user_id:${device.userId}`);
  assert.deepEqual([traits.tier, timeline.events.length], ["gold", 1]);
});

test("a server is a program; its visitors are who it says they are", async () => {
  const ids = Array.from({ length: 4 }, () => randomUUID());
  const agents = [undefined, USER_AGENT, GOOGLEBOT, "  "];
  const batch = ids.map((userId, n) => track({ userId, context: { userAgent: agents[n] } }));
  const sent = await send(batch, { agent: "node", writeKey: "demo-server" });
  assert.deepEqual(outcomes(sent), ["accepted", "accepted", "bot_user_agent", "accepted"]);
  assert.equal(await edge.profile(`user_id:${ids[2]}`), null);
  const whole = await send([track({ userId: ids[3] }), track({ userId: ids[3] })], { writeKey: "demo-server", context: { userAgent: GOOGLEBOT } });
  assert.deepEqual(outcomes(whole), ["bot_user_agent", "bot_user_agent"]);
  const decide = async (userAgent) => {
    const body = { writeKey: "demo-server", userId: ids[1], placements: ["hero"], context: { userAgent } };
    return (await edge.send(body, { path: "/v1/decide" })).answer.decisions[0];
  };
  assert.deepEqual([(await decide(GOOGLEBOT)).reason, (await decide(USER_AGENT)).reason === "bot"], ["bot", false]);
});

test("more than anybody can do is a bot's, until it has been quiet", async () => {
  const anonymousId = randomUUID();
  const events = Array.from({ length: 500 }, () => track({ anonymousId }));
  const came = [];
  // The same ones: what comes twice was done all the same, and costs the test less.
  for (let n = 0; n < 12; n += 1) came.push(new Set(outcomes(await send(events))));
  assert.deepEqual([...came[0]], ["accepted"]);
  assert.ok(came.slice(1, 10).every((codes) => codes.size === 1 && codes.has("duplicate")), "as many as a tag may have kept");
  assert.deepEqual([...came.at(-1)], ["bot_pace"]);
  assert.deepEqual(outcomes(await send([track({ anonymousId: randomUUID() })])), ["accepted"], "others are others");
});
