// docs/openapi.yaml against the edge, both ways: what it describes is there, and what it leaves out is noticed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { breaches, operations } from "../harness/contract.mjs";
import { Edge } from "../harness/edge.mjs";

let edge;
before(async () => (edge = await Edge.start({ config: false })));
after(() => edge.close());

const answer = (status, body, type = "application/json") => ({
  status, headers: new Headers({ "content-type": type }), body: typeof body === "string" ? body : JSON.stringify(body),
});
const counts = { success: true, accepted: 0, duplicate: 0, rejected: 0 };
const batch = { method: "POST", url: "http://edge/v1/batch", body: '{"batch":[]}' };
const directory = { method: "GET", url: "http://edge/v1/directory" };
const page = { profiles: [], next: null };

/** What is described, and what is not. */
const CASES = {
  "an answer as it is described": [batch, answer(200, counts), []],
  "a field that is not described": [batch, answer(200, { ...counts, more: 1 }), ["additional properties"]],
  "a field that is missing": [batch, answer(200, { success: true }), ["accepted", "duplicate", "rejected"]],
  "a code that is not listed": [
    batch, answer(200, { ...counts, results: [{ messageId: "m", outcome: "rejected", code: "odd" }] }), ["/results/0/code"],
  ],
  "a status that is not described": [batch, answer(418, {}), ["status 418"]],
  "another content type": [batch, answer(200, "ok", "text/plain"), ["text/plain"]],
  "an error that does not say when to come again": [batch, answer(429, { success: false, code: "c", message: "m" }), ["retry-after"]],
  "a body of a request": [{ ...batch, body: "{}" }, answer(200, counts), ["the request / must have required property 'batch'"]],
  "a body of a request that is refused": [{ ...batch, body: "{" }, answer(400, { success: false, code: "c", message: "m" }), []],
  "a parameter": [{ ...directory, url: `${directory.url}?limit=5` }, answer(200, page), []],
  "a parameter that is not described": [{ ...directory, url: `${directory.url}?size=5` }, answer(200, page), ["parameter size"]],
  "a parameter that can't be": [{ ...directory, url: `${directory.url}?limit=none` }, answer(200, page), ["parameter limit"]],
  "a path that is not described, and not there": [
    { method: "GET", url: "http://edge/v1/nothing" }, answer(404, { success: false, code: "not_found", message: "" }), [],
  ],
  "a path that is not described, and there": [{ method: "GET", url: "http://edge/v1/nothing" }, answer(200, {}), ["is not described"]],
  "a method that is not described, and there": [{ ...directory, method: "DELETE" }, answer(200, {}), ["is not described"]],
};

for (const [what, [request, said, expected]] of Object.entries(CASES)) {
  test(`${expected.length > 0 ? "noticed" : "passed"}: ${what}`, () => {
    const found = breaches(request, said).join("\n");
    if (expected.length === 0) assert.equal(found, "");
    for (const part of expected) assert.ok(found.includes(part), found);
  });
}

test("everything that is described is there", async () => {
  for (const { method, path } of operations()) {
    const response = await fetch(new URL(path, edge.url), { method: method.toUpperCase() });
    const { code } = await response.json().catch(() => ({}));
    assert.ok(!["not_found", "method_not_allowed"].includes(code), `${method} ${path}: ${code}`);
  }
});

test("an edge that a test has says so itself", async () => {
  await assert.rejects(edge.fetch("/v1/health?verbose=1"), /docs\/openapi.yaml: GET \/v1\/health\?verbose=1 200: parameter verbose is not described/);
});
