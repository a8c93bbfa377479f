// How far a cap for all is used: what is shown of it covers what was given out, by several isolates, and when they die.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Device, Edge, shopConfig } from "../harness/edge.mjs";

const ISOLATES = 3;
const [DAY, CAMPAIGN] = [60, 20_000];
/** Where it is not midnight soon. */
const zone = Math.abs(new Date().getUTCHours() - 12) < 6 ? "UTC" : "Asia/Tokyo";
const content = { type: "html", html: "few" };

let edge;
before(async () => {
  edge = await Edge.start({ config: false, deployments: ISOLATES, oneConfig: true, oneObjects: true });
  const files = shopConfig();
  files["placements.json"].placements.push({ id: "few", name: "few" }, { id: "many", name: "many" });
  files["offers/few.json"] = { id: "few", name: "few", placement: "few", content, schedule: { zone }, caps: { all: { day: DAY, campaign: CAMPAIGN } } };
  files["offers/many.json"] = { id: "many", name: "many", placement: "many", content, caps: { person: { day: 3 } } };
  await edge.publish(files);
});
after(() => edge.close());

const used = async (offer = "few") => {
  const response = await edge.admin(`/v1/caps/${offer}`);
  return { status: response.status, ...(await response.json()) };
};

/** Somebody whom nobody knows is decided for by the isolate that was asked. */
async function stranger(isolate) {
  const headers = { authorization: `Basic ${btoa("demo-server:")}` };
  const { answer } = await edge.deployment(isolate).send({ userId: randomUUID(), placements: ["few"] }, { path: "/v1/decide", headers });
  return answer.decisions[0].offer === "few" ? 1 : 0;
}

/** So many people at each isolate, one after another; how many of them all were shown the offer. */
async function shownTo(people) {
  let shown = 0;
  for (let n = 0; n < people; n += 1) {
    const round = await Promise.all(Array.from({ length: ISOLATES }, (_, isolate) => stranger(isolate)));
    shown += round.reduce((sum, one) => sum + one);
  }
  return shown;
}

function assertCovers({ spent, out, writtenOff, cap, overshoot }, shown) {
  const told = `${shown} shown; ${JSON.stringify({ spent, out, writtenOff, cap, overshoot })}`;
  assert.ok(spent <= shown && shown <= spent + out + writtenOff, told);
  assert.ok(spent + out + writtenOff <= cap + overshoot, told);
}

test("what is shown of a cap covers what was given out, and says by how much it may be passed", async () => {
  const nothing = { spent: 0, out: 0, writtenOff: 0 };
  assert.deepEqual(await used(), {
    status: 200, offer: "few", campaign: { cap: CAMPAIGN, ...nothing, overshoot: 200 }, day: { cap: DAY, ...nothing, overshoot: 100 },
  });
  // Two people whom the edge knows, too: their objects decide.
  let shown = await shownTo(8);
  for (const device of [new Device(edge.deployment(0)), new Device(edge.deployment(1))]) {
    const { decisions: [{ offer }] } = await device.send([{ type: "page" }], ["few"]);
    shown += offer === "few" ? 1 : 0;
  }
  assert.equal(shown, 8 * ISOLATES + 2, "there is room");
  const { campaign, day } = await used();
  for (const one of [campaign, day]) {
    assertCovers(one, shown);
    assert.ok(one.spent > 0 && one.out > 0, JSON.stringify(one));
  }
  assert.deepEqual({ ...campaign, cap: DAY, overshoot: 100 }, day, "all of it on this day");

  // What the isolates held dies with them: it stays out, and is not given out by others before its time is over.
  await edge.kill();
  await edge.up();
  assert.deepEqual((await used()).day, day);
  shown += await shownTo(DAY / 2);
  const last = await used();
  assertCovers(last.day, shown);
  assertCovers(last.campaign, shown);
  assert.equal(last.day.spent + last.day.out, DAY, "nothing is left to be given out");
  assert.ok(shown <= DAY && shown >= DAY - day.out, `${shown} shown, ${day.out} lost for a while`);
});

test("where there is no cap for all it is said", async () => {
  for (const offer of ["many", "nothing"]) {
    const { status, code, message } = await used(offer);
    assert.deepEqual([status, code], [404, "unknown_cap"]);
    assert.match(message, new RegExp(`"${offer}" with \`caps\\.all\``));
  }
  assert.equal((await edge.admin("/v1/caps/few", { method: "POST" })).status, 405);
});
