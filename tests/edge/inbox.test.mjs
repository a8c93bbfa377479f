// The inbox: whoever an event belongs to can't be reached, and still it is durable when the answer leaves.
//
// An object is made unreachable by damage to its own file, while nothing runs: its Worker can't read its home any more
// and answers every question with an error. Then the file is mended.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { Device, Edge, until } from "../harness/edge.mjs";

let edge;
before(async () => {
  edge = await Edge.start();
});
after(() => edge.close());

/** Runs `query` in every database of this kind of object; returns all rows. */
function inAll(kind, query, ...values) {
  const databases = readdirSync(edge.state, { recursive: true, withFileTypes: true });
  return databases
    .filter((file) => file.name.endsWith(".sqlite") && file.parentPath.includes(`${kind}Object`))
    .flatMap((file) => {
      const database = new DatabaseSync(join(file.parentPath, file.name));
      try {
        const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(kind === "Profile" ? "small" : "entry");
        return has ? database.prepare(query).all(...values) : [];
      } finally {
        database.close();
      }
    });
}

const waiting = () => inAll("Profile", "SELECT key FROM small WHERE kind = 'inbox'").map(({ key }) => key);

/** While nothing runs: `kill` says how it stopped. */
async function meanwhile(work, kill = false) {
  await (kill ? edge.kill() : edge.down());
  work();
  await edge.up();
}

test("an owner that can't be reached gets its events later, also after a crash", async () => {
  const device = new Device(edge);
  await device.send([{ type: "page" }]);
  await device.identify("ada", { plan: "pro" });
  const { profileId: id } = await edge.profile("user_id:ada");
  await edge.rest();

  const home = "SELECT value FROM small WHERE kind = 'home' AND json_extract(value, '$.me') = ?";
  let whole;
  await meanwhile(() => {
    [{ value: whole }] = inAll("Profile", home, id);
    const damage = "UPDATE small SET value = '{' WHERE kind = 'home' AND json_valid(value) AND json_extract(value, '$.me') = ? RETURNING key";
    assert.equal(inAll("Profile", damage, id).length, 1);
  });
  const viewed = { type: "track", event: "Product Viewed", properties: { price: 149 } };
  const sent = await device.send([viewed, { type: "page" }], ["hero"]);
  assert.equal(sent.status, 200, JSON.stringify(sent));
  assert.equal(sent.accepted, 2);
  assert.equal(sent.decisions.length, 1);
  assert.equal(sent.decisions[0].reason, "unavailable", "there is a default, and it says why");
  // Sent once more, because the answer was lost: another object keeps it.
  const again = await edge.send({ writeKey: "demo", batch: sent.batch }, { headers: { cookie: device.cookie } });
  assert.equal(again.status, 200);
  assert.equal(again.answer.accepted, 2);

  await meanwhile(() => {
    const kept = sent.batch.map((event) => event.messageId);
    assert.deepEqual(waiting().sort(), [...kept, ...kept].sort(), "durable when the answer left");
    const mend = "UPDATE small SET value = ? WHERE kind = 'home' AND value = '{' RETURNING key";
    assert.equal(inAll("Profile", mend, whole).length, 1);
  }, true);
  const arrived = await until("the events are where they belong", async () => {
    const { events } = (await edge.profile("user_id:ada")).timeline;
    return sent.batch.every(({ messageId }) => events.some((event) => event.messageId === messageId)) && events;
  });
  assert.equal(arrived.length, 4, "none of them twice");
  await edge.rest();
  await edge.down();
  assert.deepEqual(waiting(), [], "and they have left the inbox");
  await edge.up();
});

test("an entry that can't be reached: the event waits, and its person is one", async () => {
  const event = (anonymousId) => ({ type: "track", event: "Order Completed", messageId: randomUUID(), anonymousId, userId: "bea" });
  const first = await edge.send({ writeKey: "demo-server", batch: [event("bea-1")] });
  assert.equal(first.answer.accepted, 1);
  const { profileId: id } = await edge.profile("user_id:bea");
  await edge.rest();
  let whole;
  await meanwhile(() => {
    const named = inAll("Identifier", "SELECT value FROM entry").filter(({ value }) => value.includes(id));
    assert.equal(named.length, 2, "the login and the device");
    whole = named.map(({ value }) => value);
    for (const value of whole) {
      const damage = "UPDATE entry SET value = '{' || value WHERE value = ? RETURNING 1";
      assert.equal(inAll("Identifier", damage, value).length, 1);
    }
  });
  const second = event("bea-2");
  const sent = await edge.send({ writeKey: "demo-server", batch: [second] });
  assert.equal(sent.status, 200, JSON.stringify(sent.answer));
  assert.equal(sent.answer.accepted, 1);
  await meanwhile(() => {
    assert.deepEqual(waiting(), [second.messageId]);
    for (const value of whole) inAll("Identifier", "UPDATE entry SET value = ?1 WHERE value = '{' || ?1 RETURNING 1", value);
  });
  await until("both events are one person's", async () => (await edge.profile("user_id:bea")).timeline.events.length === 2);
  assert.equal((await edge.profile("anonymous_id:bea-2")).profileId, id);
});
