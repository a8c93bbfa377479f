// Placements: the elements `[data-selvedge-placement]`, the decisions for them, and what they show.

import { DENIED, GRANTED, status } from "./consent.js";
import { watch } from "./impression.js";
import { preview } from "./live.js";
import { log, rust, settings } from "./shared.js";
import { SPACE } from "./space.js";
import { getJson, remove, set } from "./storage.js";
import { ask, wake } from "./transport.js";

/** Milliseconds between a change of the document and the look for new placements. */
const SCAN_DELAY = 50;

/** Milliseconds for which a decision of an earlier page stands without being confirmed. */
const LAST_KNOWN = 1000;

const OFFER = "data-selvedge-offer";
const STORED = "selvedge_decisions";

/** By element: `{element, own, shown, decision, isAsked, isLast}`. `own` is the page's content while an offer stands in its place,
 *  `shown` what stands there, `decision` its decision while the visitor sees it. */
export const slots = new Map();
/** The decisions of the edge, by placement. */
const known = new Map();
/** Placements asked for by `decide()`; the page may have no element for them. */
const asked = new Set();
/** The decisions that an earlier page has kept, by placement, until the first answer. */
let lastKnown = {};
const listeners = [];
let isScanning;
/** Counts the persons at this page: an answer for an earlier one is not shown. */
export let person = 0;

/** True while the parser may still add children to the element: nothing follows it yet. */
const isOpen = (node) => !node || (!node.nextSibling && isOpen(node.parentNode));

export const nameOf = (element) => element.getAttribute("data-selvedge-placement");

/** The placements on the page that the parser has finished. */
const elements = () =>
  [...document.querySelectorAll("[data-selvedge-placement]")].filter(
    (element) => document.readyState != "loading" || !isOpen(element),
  );

/** The names to ask decisions for. */
export const names = () => [...new Set([...asked, ...elements().map(nameOf)])];

/** All decisions known for this page. */
export const decisions = () => [...known.values()];

/** What a decision shows, without what may differ between two equal answers (token, reason). */
const fingerprint = ({ offer, variant, content }) => JSON.stringify([offer, variant, content]);

const slotOf = (element) => {
  if (!slots.has(element)) {
    slots.set(element, { element });
    // Before there is anything to read out: a screen reader tells of changes of what it knows to be live.
    if (!element.hasAttribute("aria-live")) element.setAttribute("aria-live", "polite");
  }
  return slots.get(element);
};

/** All elements on the page wait for the answer that is now asked for. */
export const expect = () => {
  for (const element of elements()) slotOf(element).isAsked = 1;
};

/** Finds new placements; fills them from known decisions or asks for new ones. */
const scan = () => {
  isScanning = false;
  let isUnknown;
  for (const element of elements()) {
    const name = nameOf(element);
    const decision = known.get(name);
    if (decision) show(element, decision);
    else if (lastKnown[name]) show(element, lastKnown[name], 1);
    const slot = slotOf(element);
    if (!decision && !slot.isAsked) isUnknown = slot.isAsked = 1;
  }
  if (isUnknown) {
    rust.want();
    wake();
  }
};

/** `decide([placements])`: asks now. Gives a promise of all decisions of this page. */
export const decide = (placements = []) => {
  if (status == DENIED) return [];
  for (const name of [placements].flat()) asked.add(name);
  return ask();
};

/** `onDecision(placement, fn)`: now if there is a decision, and on each that differs from the one before. */
export const onDecision = (placement, listener) => {
  if (known.has(placement)) notify(listener, known.get(placement));
  listeners.push([placement, listener]);
};

/** Calls a listener in a microtask: before the next paint, and its errors stay the page's own. */
const notify = (listener, decision) => Promise.resolve(decision).then(listener);

/** Takes in the decisions of an answer. */
export const apply = (decisions) => {
  decisions.forEach(take);
  if (settings.offers == "last" && decisions[0] && !preview) set(STORED, JSON.stringify(Object.fromEntries(known)));
};

/** Shows a decision and tells who listens, if it changes anything. */
const take = (decision) => {
  const { placement } = decision;
  const before = known.get(placement);
  log("decision", decision);
  known.set(placement, decision);
  for (const element of elements()) if (nameOf(element) == placement) show(element, decision);
  if (!before || fingerprint(before) != fingerprint(decision))
    for (const [name, listener] of listeners) if (name == placement) notify(listener, decision);
};

/** Another person is at the page: their decisions are not known yet, and nobody else's may stay. */
export const forgetDecisions = () => {
  person += 1;
  known.clear();
  lastKnown = {};
  remove(STORED);
  remove(SPACE);
  for (const slot of slots.values()) clear(slot);
};

/** Gives an element the page's own content back. */
const clear = (slot) => {
  slot.shown = undefined;
  dismiss(slot);
};

/** The visitor does not want to see this offer: the page's own content stands there until there is another. */
export const dismiss = (slot) => {
  const had = slot.decision;
  restore(slot);
  slot.decision = undefined;
  if (had) told(slot);
};

/**
 * Shows a decision in an element unless it stands there already: a new token alone never repaints. `isLast`: it is an earlier
 * page's, so nobody is told of it, and it does not count as seen, before it is confirmed.
 */
const show = (element, decision, isLast) => {
  const slot = slotOf(element);
  const shown = fingerprint(decision);
  const isNew = slot.shown != shown;
  const isNews = !isLast && (isNew || slot.isLast);
  slot.shown = shown;
  slot.isLast = isLast;
  // Without one it was dismissed, or the page has refused it.
  if (isNew || slot.decision) slot.decision = decision;
  // Styles may hide what is not decided yet; see the README.
  element.setAttribute("data-selvedge-decided", "");
  if (isNew && !paint(slot)) slot.decision = undefined;
  else if (isNews) told(slot);
};

/** Puts what a decision shows in its element. False when the page refuses (Trusted Types). */
const paint = (slot) => {
  const { element, decision } = slot;
  const { content, offer } = decision;
  // A framework paints what it keeps track of.
  const html = element.hasAttribute("data-selvedge-painted") ? undefined : content?.html;
  // What stands below does not move up when something smaller comes.
  element.style.minHeight = getComputedStyle(element).height;
  const isFilled = html != null && fill(slot, html);
  if (!isFilled) restore(slot);
  if (html != null && !isFilled) return;
  if (content && offer) element.setAttribute(OFFER, offer);
  return 1;
};

const told = (slot) => {
  slot.element.dispatchEvent(new CustomEvent("selvedge:decision", { detail: slot.decision, bubbles: true }));
  watch(slot);
};

let policy;
/** Under the one policy that a site has to allow. */
export const trusted = (html) => {
  policy ||= window.trustedTypes?.createPolicy("selvedge", { createHTML: (text) => text });
  return policy ? policy.createHTML(html) : html;
};

/** Puts HTML in the place of the page's own content. */
const fill = (slot, html) => {
  const { element } = slot;
  const template = document.createElement("template");
  try {
    template.innerHTML = trusted(html);
  } catch {
    return;
  }
  if (!slot.own) {
    slot.own = document.createDocumentFragment();
    slot.own.append(...element.childNodes);
  }
  element.replaceChildren(template.content);
  return 1;
};

const restore = ({ element, own }, slot = slots.get(element)) => {
  element.removeAttribute(OFFER);
  if (own) element.replaceChildren(own);
  slot.own = undefined;
};

/** Watches the document for new placements, and shows what was decided last, where the page has that. */
export const start = () => {
  if (settings.offers == "last" && status == GRANTED) lastKnown = getJson(STORED, {});
  for (const element of elements()) {
    const decision = lastKnown[nameOf(element)];
    if (decision) show(element, decision, 1);
  }
  setTimeout(() => {
    lastKnown = {};
    for (const slot of slots.values()) if (slot.isLast) clear(slot);
  }, LAST_KNOWN);
  document.addEventListener("DOMContentLoaded", scan);
  new MutationObserver(() => {
    if (!isScanning) setTimeout(scan, SCAN_DELAY);
    isScanning = true;
  }).observe(document, { childList: true, subtree: true });
};
