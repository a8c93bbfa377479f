// A golden case of identity (tests/identity) as it goes over the wire: sent step by step, read back by the admin API.

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { until } from "./edge.mjs";

const folder = resolve(import.meta.dirname, "../identity");
const read = (path) => JSON.parse(readFileSync(join(folder, path), "utf8"));

/** The keys of the two sources: one vouches for all that it sends, the other for nothing. */
const KEYS = { signed: "case-server", unsigned: "case-browser" };

/** All cases, by the name of their file. */
export function cases() {
  const names = readdirSync(join(folder, "cases")).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => ({ name: name.slice(0, -".json".length), ...read(`cases/${name}`) }));
}

/** The config under which a case happens. */
export function configOf({ rules = read("r0.json"), traits }) {
  const all = { analytics: true, personalisation: true, advertising: true, sale_or_share: true };
  const source = (kind, mode, writeKey) => ({
    id: writeKey, name: writeKey, writeKey, kind, identity: { mode, secret: "SHOP_IDENTITY_SECRET" }, consent: { default: all },
  });
  const sources = [source("server", "open", KEYS.signed), source("browser", "signed", KEYS.unsigned)];
  return { "sources.json": { sources }, "identity.json": rules, ...(traits && { "traits.json": { traits } }) };
}

/** What of a value can be put before it without changing what it is: the values that a case is not about. */
const PLAIN = { email: /^[a-z0-9.+-]+@[a-z0-9.]+$/, phone: /^\+[1-9][\d ]{6,15}$/, other: /^[A-Za-z0-9_-]+$/ };

/**
 * The same case about other people, so that it can happen beside others: every identifier and messageId begins with
 * a number of its own. What was equal stays equal, and what came before in order comes before. Null for a case whose
 * values are what it is about: those that name nobody, and those that are written in several forms.
 */
export function about(number, one) {
  let plain = !one.expect.not_identifiers && !one.expect.rejected;
  const value = (namespace, text) => {
    plain &&= typeof text === "string" && (PLAIN[namespace] ?? PLAIN.other).test(text);
    return namespace === "phone" ? `+${number}${String(text).slice(1)}` : `c${number}-${text}`;
  };
  const message = (id) => value("messageId", id);
  const account = (id) => value("groupId", id);
  const name = (text) => {
    const [, reserved = "", namespace, rest] = /^(_\w+:)?(\w+):(.*)$/su.exec(text);
    return `${reserved}${namespace}:${value(namespace, rest)}`;
  };
  const each = (fields, change) => (object) =>
    object && { ...object, ...Object.fromEntries(fields.filter((key) => key in object).map((key) => [key, change(object[key], key)])) };
  const lists = (fields, change) => each(fields, (list) => list.map(change));
  const addresses = each(["email", "phone"], (text, namespace) => value(namespace, text));
  const external = lists(["externalIds"], (id) => ({ ...id, id: value(id.type, id.id) }));
  const context = (said) => each(["groupId"], account)(each(["traits"], addresses)(external(said)));
  const event = (sent) =>
    each(["userId", "anonymousId", "previousId", "messageId"], (text, field) => value(field, text))(
      each(["groupId"], account)(each(["traits", "properties"], addresses)(each(["context"], context)(sent))),
    );
  const step = (said) =>
    each(["event"], event)(
      each(["by"], message)(
        each(["erase"], name)(
          each(["merge"], each(["current", "retired"], name))(each(["unmerge"], lists(["left", "right"], name))(said)),
        ),
      ),
    );
  const person = (profile) =>
    lists(["ids", "retired", "released"], name)(
      lists(["events", "merges"], message)(
        each(["traits"], addresses)(
          lists(["refusals"], (refusal) => ({ ...refusal, id: name(refusal.id), by: message(refusal.by) }))(
            lists(["accounts"], (member) => each(["since", "until"], message)(each(["account"], account)(member)))(profile),
          ),
        ),
      ),
    );
  const byName = (accounts) => Object.fromEntries(Object.entries(accounts).map(([id, traits]) => [account(id), addresses(traits)]));
  const expect = each(["accounts"], byName)(
    lists(["erased"], (gone) => lists(["ids"], name)(lists(["events"], message)(gone)))(lists(["profiles"], person)(one.expect)),
  );
  const renamed = { ...one, steps: one.steps.map(step), expect };
  return plain ? renamed : null;
}

/** Whether an admin speaks in it: a word counts from when it is said, so that no step can be sent before another. */
export const isGoverned = ({ steps }) => steps.some((step) => step.by);

/** Whether the edge's clock has a say in it, so that it can only happen in its own order. */
export const isClocked = (one) => isGoverned(one) || one.steps.some((step) => step.received);

/** Whether everything arrives in the order in which it happened, nothing is taken back and nobody erased. */
export const isSimple = ({ steps }) => {
  const order = steps.map(({ event, at, by }) => [event?.timestamp ?? at, event?.messageId ?? by].join());
  const sorted = order.every((at, index) => index === 0 || order[index - 1] <= at);
  return sorted && !steps.some((step) => step.unmerge || step.erase || step.received);
};

/** Sends the steps, one request each; says what became of them at the door, and under which id each word was taken. */
export async function play(edge, { steps, expect }, minConfig) {
  const door = { rejected: {}, notIdentifiers: [], refused: [], words: {} };
  const moved = moveIn(steps);
  const erased = [...(expect.erased ?? [])];
  for (const step of steps) {
    if (step.event) await send(edge, [step], { moved, minConfig }, door);
    else door.words[await (step.erase ? erase(edge, step, erased.shift(), expect) : say(edge, step))] = step.by;
  }
  return door;
}

/** The same with everything that one source sends in one request. */
export async function playInOne(edge, { steps }, minConfig) {
  const door = { rejected: {}, notIdentifiers: [], refused: [], words: {} };
  const moved = moveIn(steps);
  for (const unsigned of [false, true]) {
    const sent = steps.filter((step) => Boolean(step.unsigned) === unsigned);
    if (sent.length > 0) await send(edge, sent, { moved, minConfig }, door);
  }
  return door;
}

async function send(edge, steps, { moved, minConfig }, door) {
  const writeKey = steps[0].unsigned ? KEYS.unsigned : KEYS.signed;
  const batch = steps.map((step) => moved(step));
  const { status, answer } = await edge.send({ writeKey, minConfig, batch }, { path: "/v1/batch?results=1" });
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(answer)}`);
  for (const { messageId, outcome, code, notIdentifiers = [], refused = [] } of answer.results) {
    if (outcome === "rejected") door.rejected[messageId] = code;
    door.refused.push(...refused.map(({ id, reasons }) => ({ by: messageId, id, reasons })));
    door.notIdentifiers.push(...notIdentifiers.map((value) => ({ by: messageId, ...value })));
  }
}

/**
 * Brings a case's times to today where the edge's clock has a say: an admin's word counts from when it is said, and a
 * client's own clock is corrected by when the edge hears it. Times keep their distances; what would lie ahead of now is
 * taken as of now, which is later than all before it. Elsewhere times are sent as they stand.
 */
function moveIn(steps) {
  const clocked = ({ event, received }) => received && (event.originalTimestamp ?? event.timestamp);
  const anchor = steps.find((step) => step.at)?.at ?? steps.find(clocked)?.received;
  const by = anchor ? Date.now() - Date.parse(anchor) : 0;
  const move = (time) => new Date(Date.parse(time) + by).toISOString();
  return ({ event, received }) => {
    const times = ["timestamp", "originalTimestamp", "sentAt"].filter((field) => event[field]);
    // Without a time of its own, an event happens when the edge gets it.
    if (times.length === 0 && received) return { ...event, timestamp: received };
    return { ...event, ...Object.fromEntries(times.map((field) => [field, by ? move(event[field]) : event[field]])) };
  };
}

/** An admin joins or parts people, and sees that it has come about; the messageId of the word. */
async function say(edge, { merge, unmerge }) {
  const [name, other] = merge ? [merge.current, merge.retired] : [unmerge.left[0], unmerge.right[0]];
  const [what, body] = merge ? ["merge", { with: other }] : ["unmerge", unmerge];
  const path = `/v1/profiles/${encodeURIComponent(name)}/${what}`;
  const messageId = await until(`${what} of ${name}`, async () => {
    const response = await edge.admin(path, { method: "POST", body: JSON.stringify(body) });
    const answer = await response.json();
    // While another merge is under way, the API's page says to try again.
    if (response.status === 409) return null;
    if (response.status !== 200) throw new Error(`${what} of ${name}: ${JSON.stringify(answer)}`);
    return answer.messageId;
  });
  await until(`${what} of ${name} has come about`, async () => {
    const [one, two] = await Promise.all([edge.profile(name), edge.profile(other)]);
    // What was parted may be nobody's for now.
    return merge ? one && one.profileId === two?.profileId : one?.profileId !== two?.profileId;
  });
  return messageId;
}

/** An admin erases whoever is there by then, and gets the receipt for exactly that. */
async function erase(edge, { erase: name, suppress = false }, { ids, events }, { accounts }) {
  await until(`${name} is who is to be erased`, async () => {
    const { identifiers, timeline } = (await edge.profile(name, "?limit=500")) ?? { identifiers: [], timeline: { events: [] } };
    const held = identifiers.map(({ namespace, value }) => `${namespace}:${value}`);
    return alikeLists(held, ids) && alikeLists(timeline.events.map(({ messageId }) => messageId), events);
  });
  // What somebody says of an account is lost with them, unless it has arrived there.
  if (accounts) await until("the accounts know", async () => isDeepStrictEqual(await told(edge, Object.keys(accounts)), accounts));
  return until(`${name} is erased`, async () => {
    const path = `/v1/profiles/${encodeURIComponent(name)}/erase`;
    const response = await edge.admin(path, { method: "POST", body: JSON.stringify({ suppress }) });
    const { receipt, ...answer } = await response.json();
    if (response.status !== 200) throw new Error(`erasing ${name}: ${JSON.stringify(answer)}`);
    const { id, status, ...went } = receipt;
    if (status !== "done") return null;
    if (went.identifiers !== ids.length || went.events !== events.length) {
      throw new Error(`erasing ${name}: the receipt says ${JSON.stringify(went)}`);
    }
    return id;
  });
}

const alikeLists = (one, other) => isDeepStrictEqual([...one].sort(), [...other].sort());

/** Which of the names of those who were erased lead to somebody all the same, who is not expected there. */
export async function notErased(edge, one) {
  const expected = new Set(names(one));
  const erased = (one.expect.erased ?? []).flatMap(({ ids }) => ids).filter((id) => !expected.has(id));
  const answers = await Promise.all(erased.map((id) => edge.admin(`/v1/profiles/${encodeURIComponent(id)}`)));
  return erased.filter((_, index) => answers[index].status !== 410);
}

/** The traits of accounts, of those that were told any. */
async function told(edge, ids) {
  const shown = await Promise.all(ids.map(async (id) => [id, await account(edge, id)]));
  return Object.fromEntries(shown.filter(([, { traits }]) => Object.keys(traits).length > 0).map(([id, { traits }]) => [id, traits]));
}

async function account(edge, id) {
  const response = await edge.admin(`/v1/accounts/${encodeURIComponent(id)}?limit=500`);
  return response.status === 404 ? { traits: {}, members: [], computed: { members: 0 } } : response.json();
}

/** Every account that a case has to do with, as it came out: its traits, and its members by their events. Null if the case does not say. */
export async function accounts(edge, one) {
  if (!one.expect.accounts) return null;
  const found = await profiles(edge, names(one));
  const all = await Promise.all(accountIds(one).map(async (id) => [id, await account(edge, id)]));
  return Object.fromEntries(all.map(([id, { traits, members, computed }]) => {
    const of = members.map(({ profileId }) => messageIds(found.get(profileId))).sort();
    return [id, { traits, members: of, counted: computed.members }];
  }));
}

/** The same as it is expected. */
export function expectedAccounts(one) {
  if (!one.expect.accounts) return null;
  return Object.fromEntries(accountIds(one).map((id) => {
    const here = ({ accounts = [] }) => accounts.some(({ account, until }) => account === id && !until);
    const members = one.expect.profiles.filter(here).map(({ events }) => [...events].sort()).sort();
    return [id, { traits: one.expect.accounts[id] ?? {}, members, counted: members.length }];
  }));
}

/** Those that are expected, and those that somebody belongs to, or has belonged to. */
const accountIds = ({ expect }) => {
  const named = expect.profiles.flatMap(({ accounts = [] }) => accounts.map(({ account }) => account));
  return [...new Set([...Object.keys(expect.accounts), ...named])].sort();
};

const messageIds = (profile) => profile?.timeline.events.map((event) => event.messageId).sort();

/** Everybody who has one of these names, by profile id. */
async function profiles(edge, names) {
  const found = new Map();
  for (const name of names) {
    const profile = await edge.profile(name, "?limit=500");
    if (profile) found.set(profile.profileId, profile);
  }
  return found;
}

/** Who came out, in the words of a case: everybody who has one of these names. */
export async function people(edge, names, words = {}) {
  const found = await profiles(edge, names);
  return [...found.values()].map((profile) => person(profile, words)).sort(alike);
}

/** A profile, as the API shows it, in the words of a case. */
export function person(profile, words = {}) {
  const by = (messageId) => words[messageId] ?? messageId;
  const ids = (state) =>
    profile.identifiers.filter((id) => id.state === state).map((id) => `${id.namespace}:${id.value}`).sort();
  return {
    ids: ids("active"),
    retired: ids("retired"),
    released: ids("released"),
    events: messageIds(profile),
    refusals: profile.refusals
      .map(({ namespace, value, messageId, reason, reasons }) => ({
        id: `${namespace}:${value}`, by: by(messageId), reason, also: reasons.slice(1),
      }))
      .sort(alike),
    merges: profile.merges.map((merge) => by(merge.messageId)).sort(),
    traits: profile.traits,
    accounts: profile.accounts
      .map(({ accountId, messageId, untilMessageId }) => ({ account: accountId, since: messageId, until: untilMessageId }))
      .sort(inOrder),
  };
}

/**
 * That a name was refused for another reason before it was erased stands until the profile is looked at anew, which may be
 * at once or never: it is not compared.
 */
export function comparable({ expect }) {
  const erased = new Set((expect.erased ?? []).flatMap(({ ids }) => ids));
  return (person) => ({
    ...person, refusals: person.refusals.filter(({ id, reason }) => reason.startsWith("erased:") || !erased.has(id)),
  });
}

/** Who is expected, in the same form. */
export const expected = ({ expect }) =>
  expect.profiles.map(({ refusals = [], traits, accounts, ...profile }) => ({
    ...Object.fromEntries(["ids", "retired", "released", "events", "merges"].map((list) => [list, [...(profile[list] ?? [])].sort()])),
    refusals: refusals.map((refusal) => ({ ...refusal, also: refusal.also ?? [] })).sort(alike),
    ...(traits && { traits }),
    ...(accounts && { accounts: accounts.map((member) => ({ ...member, until: member.until ?? null })).sort(inOrder) }),
  })).sort(alike);

const inOrder = (one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);

const alike = (one, other) => (key(one) < key(other) ? -1 : 1);
const key = (one) => one.events?.[0] ?? `${one.by} ${one.id}`;

/** Every name that somebody is expected to have. Who is known by none of them lacks in what is expected of the others. */
export const names = ({ expect }) =>
  expect.profiles.flatMap(({ ids = [], retired = [], released = [] }) => [...ids, ...retired, ...released]);
