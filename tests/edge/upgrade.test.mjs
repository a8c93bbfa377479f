// Every kept release runs on its own data first; then the current Worker takes over and reads everything back.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { Device, Edge, until } from "../harness/edge.mjs";

const current = resolve(import.meta.dirname, "../../edge-worker/build");
const releases = join(import.meta.dirname, "releases");
const shoes = { type: "track", event: "Product Added", properties: { category: "Running shoes", price: "149.00" } };
const order = (id, total) => ({ type: "track", event: "Order Completed", properties: { order_id: id, total } });

/** What a profile says, without what a newer version may word differently. */
function essence({ profileId, createdAt, identifiers, traits, computed, segments, refusals, claimed, merges, timeline }) {
  const ids = identifiers.map(({ namespace, value, firstSeen }) => `${namespace}:${value} ${firstSeen}`).sort();
  const events = timeline.events;
  const merged = merges.map((merge) => merge.profileId);
  const inside = segments.map((segment) => segment.id).sort();
  const refused = refusals.map((refusal) => refusal.reason);
  const unproven = claimed.map((claim) => claim.value);
  // What that release computed; this one computes more beside it.
  const counted = { orders: computed.orders, revenue: computed.revenue, events: computed.events };
  return { profileId, createdAt, ids, traits, counted, inside, refused, unproven, merged, events };
}

for (const file of readdirSync(releases).filter((name) => name.endsWith(".tar.gz"))) {
  const version = file.slice(0, -".tar.gz".length);
  test(`the data of release ${version} is read back whole by this version`, async () => {
    const worker = mkdtempSync(join(tmpdir(), "selvedge-release-"));
    execFileSync("tar", ["-xzf", join(releases, file), "-C", worker]);
    const edge = await Edge.start({ worker });
    try {
      const [first, second, stranger] = [new Device(edge), new Device(edge), new Device(edge)];
      await first.send([{ type: "page" }, shoes]);
      await first.identify("customer", { tier: "gold", email: "ada@example.com" });
      await second.send([{ type: "page" }]);
      const joined = await second.identify("customer", { city: "Ulm" });
      const orders = await second.send([order("o-1", 19.99), order("o-2", "5.01")]);
      await stranger.identify("customer", {}, { token: null });
      await stranger.identify("someone-else");
      const group = { type: "group", messageId: "g-1", userId: "colleague", groupId: "ACME", traits: { plan: "gold" } };
      await edge.send({ writeKey: "demo-server", batch: [group] });
      assert.deepEqual((await edge.profile("user_id:colleague")).traits, { plan: "gold" }, "as that release had it");
      const names = ["user_id:customer", "user_id:someone-else", `anonymous_id:${second.anonymousId}`];
      const read = () => Promise.all(names.map(async (name) => essence(await edge.profile(name))));
      const before = await read();
      const config = await (await edge.admin("/v1/config")).json();

      // Killed, not stopped: what waits in the outbox and on alarms is the new version's to finish.
      await edge.kill();
      edge.options.worker = current;
      await edge.up();

      assert.deepEqual(await read(), before);
      assert.equal((await edge.profile("user_id:customer")).computed.averageOrder, 12.5, "what is new is folded from the old log");
      assert.deepEqual(await (await edge.admin("/v1/config")).json(), config);
      assert.deepEqual((await edge.profile("user_id:colleague")).traits, {}, "an account's traits are nobody's own");
      const again = await edge.send({ writeKey: "demo", batch: [...joined.batch, ...orders.batch] });
      assert.equal(again.answer.duplicate, 3, "what was stored then is a duplicate now");
      const answer = await first.send([{ type: "page" }], ["hero"]);
      assert.equal(answer.device, "bound", "the device cookie still opens");
      assert.equal(answer.decisions[0].offer, "gold-early-access");
      await until("the newly stored event is on the old timeline", async () => {
        const { timeline } = await edge.profile("user_id:customer");
        return timeline.events[0].messageId === answer.batch[0].messageId;
      });
    } finally {
      await edge.close();
      rmSync(worker, { recursive: true, force: true });
    }
  });
}

test("there is a release to upgrade from", () => {
  assert.notEqual(readdirSync(releases).length, 0);
});
