// The texts of events on their way to the edge. What is sent, kept or given up, `rust` decides.
//
// The events of a task make one *parcel*, stored under one key by one write: their context, then each event, a line each.
// A parcel belongs to the tab that its key names. Each tab sends its own, so several at once send each event once; what a tab
// has left behind is taken over by another. An event leaves only when the edge has answered for it: what a dying page
// sent is sent again by the next one, and the edge knows it by its message id.

import { forgetContext } from "./context.js";
import { letters } from "./random.js";
import { log, rust, settings } from "./shared.js";
import { get, keys, remove, set } from "./storage.js";
import { isLeaving, wake } from "./transport.js";

/** Milliseconds after which what belongs to other tabs is looked at again: one of them may be gone. */
const LOOK_AGAIN = 5000;

/** Milliseconds for which the others wait after parcels were taken over, until all tabs see that. */
const SETTLE = 1000;

let prefix;
/** This tab; held as a lock, by which the others know that it lives. */
let tab;
/** By slot: `{key, order, kind, text, isAway, isOver}`: `isAway` while a request is under way with it, `isOver` if it was given up then. */
const parcels = [];
/** From here on stand those that there is no slot for yet. */
const BEYOND = 2000;
let pending = [];
let flushing;
/** Until it is known what other tabs have left, nothing is sent: it is older. */
export let isAdopting = true;

/**
 * Notes an event; it is stored when the promise is kept, before the page's next task. `make` gives its text and its
 * context's, at the end of the task: to record one costs the page as little as can be.
 */
export const push = (order, kind, make) => {
  pending.push({ order, kind, make });
  return (flushing ||= Promise.resolve().then(flush));
};

/** Makes the texts of what was noted. Before the page or the visitor becomes another, as well: events are of their time. */
export const settlePending = () => {
  pending = pending.filter((event) => {
    try {
      if (event.make) [event.line, event.context] = event.make();
      event.make = 0;
      return event.line;
    } catch {
      log("skipped", "it can't be written as JSON");
    }
  });
};

const flush = () => {
  settlePending();
  const events = pending;
  pending = [];
  flushing = 0;
  forgetContext();
  if (!events[0]) return;
  let parcel;
  let bytes;
  let count;
  for (const { order, kind, line, context } of events) {
    const fits = parcel && parcel.kind == kind && parcel.context == context;
    if (fits && rust.fits(count + 1, bytes + line.length)) {
      parcel.text += `\n${line}`;
      bytes += line.length + 1;
      count += 1;
    } else {
      if (parcel) store(parcel);
      parcel = { order, kind, context, text: `${context}\n${line}` };
      bytes = parcel.text.length;
      count = 1;
    }
  }
  store(parcel);
  wake();
};

const bytesOf = (text) => (/[^\0-\x7f]/.test(text) ? new Blob([text]).size : text.length);

const noRoom = (text) => log("skipped", "there is no room for it", text);

const store = ({ order, kind, text }) => {
  const slot = rust.add(order / 1000, bytesOf(text), text.split("\n").length - 1, kind);
  if (slot == -1) return noRoom(text);
  const key = `${prefix}${tab}:${order.toString(36)}:${kind}`;
  parcels[slot < 0 ? Math.max(BEYOND, parcels.length) : slot] = { key, order, kind, text };
  set(key, text);
  for (let shed; (shed = rust.shed()) >= 0; ) {
    noRoom(parcels[shed].text);
    forget(shed);
  }
  balance();
};

const forget = (slot) => {
  rust.gone(slot);
  remove(parcels[slot].key);
  delete parcels[slot];
};

/** The edge has this parcel's events, or will never take them. */
export const drop = (slot) => {
  forget(slot);
  const [next] = parcels.splice(BEYOND, 1);
  if (next) store(next);
  balance();
};

/** It was not taken and waits again. `isRefused`: by something between here and the edge. */
export const back = (slot, isRefused) => {
  const parcel = parcels[slot];
  parcel.isAway = 0;
  if (parcel.isOver) drop(slot);
  else rust.back(slot, isRefused);
};

/** Forgets everything that waits: the visitor has refused. The answer to a request that is under way will speak of its slots, so they are
 *  given to nobody else before it. */
export const dropAll = () => {
  pending = [];
  parcels.splice(BEYOND).forEach(({ key }) => remove(key));
  parcels.forEach((parcel, slot) => {
    if (!parcel.isAway) return forget(slot);
    parcel.isOver = 1;
    remove(parcel.key);
  });
  balance();
};

/** The parcel that goes into a request, as `[context, …events]`, each JSON text. */
export const open = (slot) => {
  parcels[slot].isAway = 1;
  return parcels[slot].text.split("\n");
};

const locks = () => navigator.locks;
const lockOf = (name) => `selvedge:${name}`;

let isHeld;
let release;

// Browsers neither freeze a page that holds a lock nor keep it for the way back, so it is held no longer than somebody looks
// or something waits.
export const balance = () => {
  const holds = !isLeaving && (!document.hidden || parcels.some(Boolean));
  if (holds && !isHeld)
    locks()?.request(lockOf(tab), () => isHeld && new Promise((done) => (release = done))).catch(() => {});
  if (!holds) release?.();
  isHeld = holds;
};

const takeOver = async () => {
  const held = locks() ? (await locks().query()).held.map(({ name }) => name) : [];
  let taken;
  for (const key of keys(prefix)) {
    const [owner, order, kind] = key.slice(prefix.length).split(":");
    const text = owner != tab && kind && get(key);
    if (text && held.includes(lockOf(owner))) again();
    else if (text) {
      store({ order: parseInt(order, 36), kind, text });
      remove(key);
      taken = 1;
    }
  }
  begin();
  if (taken) await new Promise((done) => setTimeout(done, SETTLE));
};

const begin = () => {
  isAdopting = false;
  wake();
};

let timer;
const again = () => {
  clearTimeout(timer);
  timer = setTimeout(adopt, LOOK_AGAIN);
};

/** Takes over what tabs that are gone have left; one tab at a time. */
export const adopt = () => {
  const inTurn = (lock) => (lock === null ? (again(), begin()) : takeOver());
  // Without locks (no https, no storage) two tabs may send the same; the edge drops what it has.
  const turn = locks() ? locks().request("selvedge", { ifAvailable: true }, inTurn) : inTurn();
  return turn.catch(begin);
};

/** The page is back from the back/forward cache: what others have taken over meanwhile is theirs. What is under way, whose answer speaks
 *  of its slots, stays: sent twice, it counts once. What had no slot yet finds one where others went. */
export const restore = () => {
  balance();
  const isOurs = ({ key }) => get(key) != null;
  const beyond = parcels.splice(BEYOND).filter(isOurs);
  parcels.forEach((parcel, slot) => {
    if (!parcel.isAway && !isOurs(parcel)) {
      rust.gone(slot);
      delete parcels[slot];
    }
  });
  beyond.forEach(store);
};

export const start = () => {
  prefix = `selvedge_queue:${settings.writeKey}:`;
  tab = letters() + letters();
  balance();
  adopt();
};
