// Events as the wire has them, kept and sent as JSON text. A call of the page's only says what happened; the text is made at
// the end of the task.

import { DENIED, status } from "./consent.js";
import { contextOf, contextText } from "./context.js";
import { anonymousId, userId } from "./identity.js";
import { middlewares } from "./listeners.js";
import { push } from "./queue.js";
import { letters } from "./random.js";
import { log, rust } from "./shared.js";

// Kinds of events, as collector/src/queue.rs knows them.
const PAGE_VIEW = 0;
const EVENT = 1;
const ORDER = 2;

let last = 0;

/** A number for each event of this page, in their order: the time in microseconds, or one more than the last. */
const next = () => (last = Math.max(last + 1, Date.now() * 1000));

/** A message id: it sorts in the order of the calls; 64 random bits make it unique. */
export const newId = (order = next()) => `${order.toString(36)}-${letters()}${letters()}`;

const kindOf = ({ type, event }) => (type == "page" ? PAGE_VIEW : /^Order /.test(event) ? ORDER : EVENT);

/** Puts an event in the queue; `make` gives it, and the context's text. Gives a promise of its message id. */
const keep = (order, kind, make) => {
  let id;
  return push(order, kind, () => {
    const [event, context] = make();
    const line = JSON.stringify(event);
    log("event", event);
    id = event.messageId;
    return [line, context];
  }).then(() => id);
};

// Each middleware is given the event, with its context, and hands it on by `next`, now or later, or never.
const through = (event, order, at = 0) =>
  at < middlewares.length
    ? middlewares[at]({ payload: { obj: event }, next: ({ obj }) => through(obj, order, at + 1) })
    : keep(order, kindOf(event), () => [event, "{}"]);

/** What the page gave, as it is now: the page may change it after the call. */
const snapshot = (given) =>
  Object.values(given).some((value) => typeof value == "object" && value) ? JSON.parse(JSON.stringify(given)) : { ...given };

/**
 * Records an event that happened at `time` (Unix milliseconds): its type, what is its own, and Segment's options. Gives a
 * promise of its message id that is kept once the event is stored, at the end of the current task; of `undefined` when
 * consent was refused or the event can't be written as JSON. `page`: where it happened, if not here.
 */
export const record = (type, fields, options, time, page) => {
  if (status == DENIED) {
    log("skipped", "consent is refused", type, fields);
    return Promise.resolve();
  }
  const order = next();
  try {
    for (const name of ["properties", "traits"]) if (fields[name]) fields[name] = snapshot(fields[name]);
  } catch {
    log("skipped", "it can't be written as JSON", { type, ...fields });
    return Promise.resolve();
  }
  const make = () => ({
    type,
    messageId: options?.messageId ?? newId(order),
    anonymousId: anonymousId(),
    userId: userId() ?? undefined,
    timestamp: new Date(options?.timestamp ?? time).toISOString(),
    integrations: options?.integrations,
    context: options?.context,
    ...fields,
  });
  if (!middlewares[0]) return keep(order, kindOf({ type, event: fields.event }), () => [make(), contextText(page)]);
  const event = make();
  event.context = { ...contextOf(page), ...event.context };
  return Promise.resolve(through(event, order)).then(() => event.messageId);
};

/** A 32-bit number of a text (FNV-1a). */
const hash = (text) => {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return sum;
};

/** The names of what the ways of capture have seen in this page view. */
export const names = new Set();

/** Records what one of several ways of capture has seen, unless another has seen it: a shop may mark its button, push to the
 *  `dataLayer` when it is clicked, and call `track`. `isOld`: it was at `time` or at any time before. */
export const captured = (way, name, properties, options, time = Date.now(), page, isOld) => {
  const { order_id: order, product_id: product } = properties;
  const isKnown = rust.seen(time, hash([name, order, product].join("\n")), way, !!isOld);
  names.add(name);
  if (!isKnown) return track(name, properties, options, time, page);
  log("skipped", "another way of capture has seen it", name, properties);
  return Promise.resolve();
};

/** Records a `track` event. */
export const track = (event, properties, options, time = Date.now(), page) =>
  record("track", { event, properties }, options, time, page);
