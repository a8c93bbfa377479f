// What the Queue can't deliver is kept, shown to admins, and sent again when they say so: nothing is lost.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Edge, until } from "../harness/edge.mjs";
import { archive } from "../harness/storage.mjs";

let edge;
before(async () => (edge = await Edge.start({ door: true, retries: 0 })));
after(() => edge.close());

const call = async (path, method = "GET") => {
  const response = await edge.admin(`/v1/dead-letters${path}`, { method });
  return { status: response.status, ...(await response.json()) };
};
const letters = (count, query = "") =>
  until(`${count} dead letters`, async () => {
    const page = await call(query);
    return page.deadLetters?.length === count && page;
  });
const archived = (text) => archive(edge.state).some((bytes) => bytes.includes(text));

test("a message that nobody can read is kept as it came, and what stands beside it is delivered", async () => {
  const userId = randomUUID();
  const part = { neither: "line nor row", of: randomUUID() };
  const line = {
    messageId: randomUUID(), type: "track", event: "Beside", userId, source: "pos", profileId: "ab".repeat(16),
    timestamp: "2026-01-01T10:00:00.000Z", receivedAt: "2026-01-01T10:00:00.000Z",
  };
  await edge.post("this is no JSON");
  await edge.post(JSON.stringify([part, line]));
  const { deadLetters } = await letters(2);
  for (const { id, queue, sentAt, keptAt, bytes } of deadLetters) {
    assert.match(queue, /^selvedge-(outbox|dead-letters)-dev$/u);
    assert.ok(bytes > 0 && Date.parse(sentAt) <= Date.parse(keptAt), id);
  }
  const shown = await Promise.all(deadLetters.map(({ id }) => call(`/${id}`)));
  assert.deepEqual(shown.map(({ body }) => body).sort(), [JSON.stringify([part]), "this is no JSON"].sort());
  await until("the line is in the archive", () => archived(line.messageId));

  // A page at a time; let go one by one.
  const first = await call("?limit=1");
  const second = await call(`?limit=1&cursor=${first.next}`);
  assert.deepEqual([...first.deadLetters, ...second.deadLetters], deadLetters);
  assert.equal(second.next, null);
  for (const { id } of deadLetters) assert.equal((await call(`/${id}`, "DELETE")).status, 200);
  const [{ id }] = deadLetters;
  assert.deepEqual([(await call(`/${id}`)).code, (await call(`/${id}/redrive`, "POST")).code], Array(2).fill("dead_letter_not_found"));
  assert.equal((await edge.fetch("/v1/dead-letters")).status, 401);
});

test("events that the archive's bucket did not take are sent again by an admin, and each is one line", async () => {
  const userId = randomUUID();
  const events = Array.from({ length: 3 }, () => ({ type: "track", event: "Kept", messageId: randomUUID(), userId }));
  const broken = breakBucket();
  const { answer } = await edge.send({ writeKey: "demo-server", batch: events });
  assert.equal(answer.accepted, 3, "whoever sends events does not notice");
  await until("the archive could not be written", () => edge.log.some((line) => line.includes("archive: ")));
  broken.mend();
  const { deadLetters } = await letters(1);
  assert.ok(!archived(`"messageId":"${events[0].messageId}"`), "it is in no file of lines");

  const [{ id }] = deadLetters;
  const letter = await call(`/${id}`);
  assert.ok(events.every(({ messageId }) => letter.body.includes(messageId)));
  assert.deepEqual(await call("/redrive", "POST"), { status: 200, success: true, redriven: 1, more: false });
  const { files } = await until("the archive has them", async () => {
    const page = await (await edge.admin("/v1/archive")).json();
    return page.files.some(({ lines, file }) => lines === 3 && file.includes("source=pos")) && page;
  });
  assert.ok(files.every(({ lines }) => lines > 0));
  await letters(0);
  // Sent again once more, it overwrites its file.
  await edge.post(letter.body);
  await edge.rest();
  const again = await (await edge.admin("/v1/archive")).json();
  assert.deepEqual(again.files, files);
});

/** Takes the bucket's files away, so that it can't write, until it is mended. */
function breakBucket() {
  const folders = readdirSync(edge.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name === "blobs" && entry.parentPath.includes("archive"))
    .map((entry) => join(entry.parentPath, entry.name));
  assert.equal(folders.length, 1, folders.join());
  const [folder] = folders;
  renameSync(folder, `${folder}-away`);
  writeFileSync(folder, "");
  return {
    mend() {
      rmSync(folder);
      renameSync(`${folder}-away`, folder);
    },
  };
}
