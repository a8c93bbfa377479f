// Requests to the edge. When there is one, and what becomes of its events, `rust` decides.

import * as answer from "./answer.js";
import { endView } from "./capture.js";
import { GRANTED, HELD, status } from "./consent.js";
import { ofBatch } from "./context.js";
import { anonymousId } from "./identity.js";
import { heard, preview } from "./live.js";
import { settle } from "./page-view.js";
import * as placement from "./placement.js";
import { adopt, back as putBack, balance, drop, isAdopting, open, restore } from "./queue.js";
import { random } from "./random.js";
import { base, log, rust, settings } from "./shared.js";
import { keepSpace } from "./space.js";

/** Milliseconds after which a request without an answer counts as failed. */
const TIMEOUT = 20000;

/** Browsers refuse `keepalive` bodies above 64 KiB, and count the page's own requests too. */
const KEEPALIVE = 60000;

/** A body above this is worth packing: a cart event in a request of its own becomes a third shorter. */
const PACK = 300;

/** True from when the page is hidden or left until it is shown again. */
export let isLeaving = false;

let timer;
let underWay = 0;
/** What the last request has come to, 0 if it is settled: a retry does without `keepalive`, of which there is little. */
let failed = 0;
/** The `resolve` functions of `decide()` calls, for the next request. */
let waiters = [];
/** Ends the packing of a body, because the page is left. */
let hurry;

/** Sees that what waits is sent when it is due; what is recorded while the page is left, at once. */
export const wake = () => (isLeaving ? leave() : schedule());

const schedule = () => {
  clearTimeout(timer);
  const delay = isAdopting ? -1 : rust.due(Date.now(), placement.names().length > 0);
  if (delay >= 0) timer = setTimeout(send, delay);
  // Nobody will answer.
  else if (!underWay && !isAdopting && status != HELD) settleWaiters();
};

/** A promise of the decisions in the next answer. */
export const ask = () => {
  rust.want();
  return new Promise((resolve) => {
    waiters.push(resolve);
    wake();
  });
};

/** Resolves promises of `decide()` with the decisions known now. */
export const settleWaiters = (settled = waiters.splice(0)) => {
  for (const resolve of settled) resolve(placement.decisions());
};

/** The events of these parcels, and the context that all of them share. */
const gather = (slots) => {
  const parcels = slots.map(open);
  const [first] = parcels[0] || ["{}"];
  if (parcels.every(([context]) => context == first))
    return [JSON.parse(first), parcels.flatMap(([, ...events]) => events)];
  const put = (context) => (text) => {
    const event = JSON.parse(text);
    return JSON.stringify({ ...event, context: { ...JSON.parse(context), ...event.context } });
  };
  return [{}, parcels.flatMap(([context, ...events]) => events.map(put(context)))];
};

/** The request as JSON text. The events are texts already and are put in as they are. */
const bodyOf = (slots, names, handover) => {
  const [context, events] = gather(slots);
  const { version } = answer.config();
  const request = {
    writeKey: settings.writeKey,
    sentAt: new Date().toISOString(),
    context: { ...ofBatch(), ...context },
    minConfig: Math.max(heard, version),
    settingsOf: heard ? version : undefined,
    preview,
    deviceToken: answer.deviceToken(),
    handover,
  };
  if (status == GRANTED) {
    if (names.length) request.decide = { placements: names };
    // For whom, when there is no event that says so.
    if (names.length || handover) request.anonymousId = anonymousId();
  }
  return `${JSON.stringify(request).slice(0, -1)},"batch":[${events}]}`;
};

const gzip = (body) =>
  new Response(new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();

/** The body packed, if that is worth it and can be waited for. The edge sees what it is by itself. */
const pack = (body) =>
  new Promise((resolve) => {
    hurry = () => resolve(body);
    if (body.length < PACK || !window.CompressionStream) hurry();
    else gzip(body).then(resolve, hurry);
  });

/** Sends a body. Gives `[status, seconds until the next try, answer]`: status 0 when there was none, no answer when it is not the edge's. */
const exchange = async (body, leaves) => {
  try {
    const url = `${base}v1/batch`;
    if (leaves && !("keepalive" in Request.prototype)) {
      // An accepted beacon says nothing of the answer: its events stay in the queue, the next page sends them again, and
      // the edge drops what it has.
      navigator.sendBeacon(url, body);
      return new Promise(() => {});
    }
    const response = await fetch(url, {
      method: "POST",
      // In the same turn: a page that is left may have no other.
      body: leaves ? body : await pack(body),
      // For a text body browsers ask no permission first.
      headers: { "content-type": "text/plain;charset=UTF-8" },
      credentials: settings.credentials || "same-origin",
      // Survives the page.
      keepalive: (leaves || !failed) && new Blob([body]).size < KEEPALIVE,
      signal: window.AbortSignal?.timeout?.(TIMEOUT),
    });
    const said = await response.json().catch(() => {});
    // The edge's own: `success`, or a `code` that says why not.
    return [response.status, response.headers.get("retry-after"), [true, !said?.code].includes(said?.success) && said];
  } catch {
    return [0, 0, 0];
  }
};

/** Sends a body, as `exchange` does, and says so. */
export const post = async (body, leaves) => {
  log("request", body);
  const answer = await exchange(body, leaves);
  log("answer", answer[0], answer[2]);
  return answer;
};

/** The edge's word for a link to another of the site's hosts, if there is one. */
export const wordFor = async (host) => status == GRANTED && (await post(bodyOf([], [], host)))[2]?.handover;

const send = async (leaves) => {
  const names = leaves ? [] : placement.names();
  if (!rust.begin(!!leaves, names.length > 0)) return;
  const slots = [];
  for (let slot; (slot = rust.take()) >= 0; ) slots.push(slot);
  // Not by destructuring: that would make an object of the whole module.
  const person = placement.person;
  const waiting = leaves ? [] : waiters.splice(0);
  if (!leaves) placement.expect();
  underWay += 1;
  const [code, retryAfter, said] = await post(bodyOf(slots, names), leaves);
  underWay -= 1;
  failed = rust.ended(Date.now(), code, !!said, +retryAfter || 0, random() / 2 ** 32, !leaves);
  slots.forEach((slot) => (failed ? putBack(slot, failed > 1) : drop(slot)));
  if (said.success && status == GRANTED) answer.apply(said, person);
  settleWaiters(waiting);
  // Whoever asked meanwhile need not wait for the next failure.
  if (failed) settleWaiters();
  schedule();
};

// The page is left or hidden; on a phone, hidden may be the last that is heard of it.
const leave = () => {
  settle();
  hurry?.();
  send(1);
};

const left = () => {
  const isLast = !isLeaving;
  if (isLast) endView();
  isLeaving = true;
  leave();
  balance();
  // The request is under way: it does not wait for the page's layout.
  if (isLast) keepSpace();
};

const back = () => {
  isLeaving = false;
  rust.woken();
  restore();
  adopt();
};

export const start = () => {
  // No `unload`: it would keep the page out of the back/forward cache.
  addEventListener("pagehide", left, true);
  document.addEventListener("freeze", left, true);
  document.addEventListener("visibilitychange", () => (document.hidden ? left : back)(), true);
  addEventListener("pageshow", ({ persisted }) => persisted && back(), true);
  addEventListener("online", () => {
    rust.woken();
    wake();
  });
};
