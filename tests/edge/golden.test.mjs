// Every golden case of identity over HTTP, each in a deployment of its own: step by step, backwards, and in one request.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import {
  about, accounts, cases, comparable, configOf, expected, expectedAccounts, isClocked, isGoverned, isSimple, names, notErased, people, play,
  playInOne,
} from "../harness/case.mjs";
import { Edge, until } from "../harness/edge.mjs";

const WAYS = [
  // What joined two profiles is told by a ledger, as it happened: a case says it as of all facts in their order.
  { way: "in order", takes: () => true, run: play },
  {
    way: "backwards",
    takes: (one) => one.any_order !== false && !isClocked(one),
    run: (edge, one, version) => play(edge, { ...one, steps: one.steps.toReversed() }, version),
  },
  { way: "in one request", takes: (one) => !isGoverned(one), run: playInOne },
];

/** Alarms ring again after half a second, one second, two, … */
const SETTLED = 20_000;

/** The runs that can happen in one deployment: by the same config, and about other people each. */
const deployments = new Map();
let number = 100;
for (const { takes, way, ...run } of WAYS) {
  for (const one of cases().filter(takes)) {
    number += 1;
    const renamed = about(number, one);
    const config = configOf(one);
    const where = renamed ? JSON.stringify(config) : `${number}`;
    const deployment = deployments.get(where) ?? deployments.set(where, { config, runs: [] }).get(where);
    const merges = run.run === play && isSimple(one);
    deployment.runs.push({ ...run, merges, name: `${one.name}, ${way}`, one: renamed ?? one });
  }
}

/** Reasons for which links are refused: which some case expects that is told in its own order, and which of these stand first; which an
 *  answer has said; which the directory lists. */
const reasons = { expected: new Set(), first: new Set(), said: new Set(), listed: new Set() };

/** What events ask for in vain: remarks about a value that stand in the directory's list, too. */
const IN_VAIN = ["unproven", "same_name", "no_new_name", "too_many"];

describe("golden cases", () => {
  let edge;
  before(async () => (edge = await Edge.start({ deployments: deployments.size, inMemory: true })));
  after(() => edge.close());

  describe("each", { concurrency: 6 }, () => {
    [...deployments.values()].forEach(({ config, runs }, index) => {
      let published;
      for (const { name, ...run } of runs) {
        test(name, async () => {
          const here = edge.deployment(index);
          const { version } = await (published ??= here.publish(config));
          await ends(here, run, version);
        });
      }
    });
  });

  test("each reason is said in an answer", () => {
    assert.deepEqual([...reasons.expected].filter((one) => !reasons.said.has(one)), []);
  });

  test("what all the profiles show as refused is what the directory lists, for every reason that there is", { timeout: 240_000 }, async () => {
    for (const index of [...deployments.values()].keys()) await lists(edge.deployment(index));
    assert.deepEqual([...reasons.first, ...IN_VAIN].filter((one) => !reasons.listed.has(one)), []);
  });
});

/** Everything that the directory gives in pages. */
async function pages(edge, path, field, query = "") {
  const { [field]: page, next } = await (await edge.admin(`${path}?limit=500${query}`)).json();
  return next ? [...page, ...(await pages(edge, path, field, `&cursor=${encodeURIComponent(next)}`))] : page;
}

/** A deployment's directory lists what each of its profiles shows, once it has heard of it. */
async function lists(edge) {
  let shown;
  let listed;
  const told = async () => {
    const homes = await pages(edge, "/v1/directory", "profiles", "&home=live");
    const profiles = await Promise.all(homes.map(({ profileId }) => edge.profile(`id:${profileId}`, "?limit=1")));
    shown = profiles.flatMap(({ profileId, refusals, notIdentifiers }) => {
      const inVain = notIdentifiers.filter(({ reason }) => IN_VAIN.includes(reason.split(":")[0]));
      return [...refusals, ...inVain].map((one) => refused({ profileId, ...one }));
    });
    listed = await pages(edge, "/v1/refusals", "refusals");
    return isDeepStrictEqual(listed.map(refused).sort(), shown.sort());
  };
  await until("the directory has heard of it", told, { within: SETTLED, every: 250 }).catch(() => assert.deepEqual(listed.map(refused).sort(), shown));
  const counts = await (await edge.admin("/v1/refusals/counts")).json();
  assert.equal(counts.refusals, listed.length);
  for (const reason of Object.keys(counts.reasons)) {
    assert.equal((await pages(edge, "/v1/refusals", "refusals", `&reason=${reason}`)).length, counts.reasons[reason], reason);
    reasons.listed.add(reason).add(reason.split(":")[0]);
  }
}

const refused = ({ profileId, namespace, value, reason, messageId, at }) => [profileId, namespace, value, reason, messageId, at].join(" ");

/** A case ends as it says: at the door at once, and who is who when links and late conflicts have settled. */
async function ends(edge, { one, run, merges }, version) {
  const door = await run(edge, one, version);
  const { rejected = {}, not_identifiers: notIdentifiers = [] } = one.expect;
  assert.deepEqual(door.rejected, rejected);
  assert.deepEqual(new Set(door.notIdentifiers.map(line)), new Set(notIdentifiers.map(line)));
  // Told in its own order, a link is refused as the case says; one that waits for another profile may be, later.
  if (merges) {
    const refusals = one.expect.profiles.flatMap(({ refusals = [] }) => refusals.map(({ id, by, reason, also = [] }) => ({ by, id, reasons: [reason, ...also] })));
    refusals.forEach((refusal) => refusal.reasons.forEach((reason) => reasons.expected.add(reason)));
    refusals.forEach(({ reasons: [first] }) => reasons.first.add(first));
    door.refused.forEach((refusal) => refusal.reasons.forEach((reason) => reasons.said.add(reason)));
    const others = door.refused.filter((said) => !refusals.some((refusal) => isDeepStrictEqual(refusal, said)));
    assert.deepEqual(others, [], "what an answer says is refused stands on the profile");
  }
  const should = expected(one).map(compared(merges));
  let is;
  const settled = async () => {
    is = (await people(edge, names(one), door.words)).map(comparable(one)).map(compared(merges));
    // Traits and accounts are compared where the case states them.
    is.forEach((person, index) => ["traits", "accounts"].forEach((field) => should[index]?.[field] ?? delete person[field]));
    return isDeepStrictEqual(is, should);
  };
  await until("everything has settled", settled, { within: SETTLED }).catch(() => assert.deepEqual(is, should));
  assert.deepEqual(await notErased(edge, one), []);
  let told;
  const shouldBeTold = expectedAccounts(one);
  const heard = async () => isDeepStrictEqual((told = await accounts(edge, one)), shouldBeTold);
  await until("the accounts have heard of it", heard, { within: SETTLED }).catch(() => assert.deepEqual(told, shouldBeTold));
}

/** Which event joined two profiles depends on the order of arrival; that they are one does not. */
const compared = (merges) => (person) => (merges ? person : { ...person, merges: undefined });

const line = ({ by, namespace, value, reason }) => `${by}: ${namespace} ${value} ${reason}`;
