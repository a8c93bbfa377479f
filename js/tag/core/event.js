// Events as the wire has them: made as objects, kept and sent as JSON text.

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

const kindOf = ({ type, event }) => (type == "page" ? PAGE_VIEW : /^Order /.test(event) ? ORDER : EVENT);

/** Puts an event in the queue. Gives a promise of its message id. */
const keep = (event, order, context) => {
  let text;
  try {
    text = JSON.stringify(event);
    log("event", event);
  } catch {
    log("skipped", "it can't be written as JSON", event);
  }
  return text ? push(order, kindOf(event), text, context).then(() => event.messageId) : Promise.resolve();
};

// Each middleware is given the event, with its context, and hands it on by `next`, now or later, or never.
const through = (event, order, at = 0) =>
  at < middlewares.length
    ? middlewares[at]({ payload: { obj: event }, next: ({ obj }) => through(obj, order, at + 1) })
    : keep(event, order, "{}");

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
  const event = {
    type,
    // Sorts in the order of the calls; 64 random bits make it unique.
    messageId: `${order.toString(36)}-${letters()}${letters()}`,
    anonymousId: anonymousId(),
    userId: userId() ?? undefined,
    timestamp: new Date(options?.timestamp ?? time).toISOString(),
    integrations: options?.integrations,
    context: options?.context,
    ...fields,
  };
  if (!middlewares[0]) return keep(event, order, contextText(page));
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
 *  `dataLayer` when it is clicked, and call `track`. */
export const captured = (way, name, properties, options, time = Date.now(), page) => {
  const { order_id: order, product_id: product } = properties;
  const isKnown = rust.seen(time, hash([name, order, product].join("\n")), way);
  names.add(name);
  if (!isKnown) return track(name, properties, options, time, page);
  log("skipped", "another way of capture has seen it", name, properties);
  return Promise.resolve();
};

/** Records a `track` event. */
export const track = (event, properties, options, time = Date.now(), page) =>
  record("track", { event, properties }, options, time, page);
