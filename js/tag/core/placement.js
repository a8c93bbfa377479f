// Placements: the elements `[data-selvedge-placement]`, the decisions for them, and what they show.

import { DENIED, status } from "./consent.js";
import { watch } from "./impression.js";
import { rust } from "./shared.js";
import { ask, wake } from "./transport.js";

/** Milliseconds between a change of the document and the look for new placements. */
const SCAN_DELAY = 50;

const OFFER = "data-selvedge-offer";

/** By element: `{element, own, shown, decision}`; `own` is the page's content while an offer stands in its place. */
export const slots = new Map();
/** The decisions of the edge, by placement. */
const known = new Map();
/** Placements asked for by `decide()`; the page may have no element for them. */
const asked = new Set();
let listeners = [];
let isScanning;
/** Counts the persons at this page: an answer for an earlier one is not shown. */
export let person = 0;

/** True while the parser may still add children to the element: nothing follows it yet. */
const isOpen = (node) => !node || (!node.nextSibling && isOpen(node.parentNode));

const nameOf = (element) => element.getAttribute("data-selvedge-placement");

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
  if (!slots.has(element)) slots.set(element, { element });
  return slots.get(element);
};

/** All elements on the page wait for the answer that is now asked for. */
export const expect = () => elements().forEach(slotOf);

/** Finds new placements; fills them from known decisions or asks for new ones. */
const scan = () => {
  isScanning = false;
  let isUnknown;
  for (const element of elements()) {
    const decision = known.get(nameOf(element));
    if (decision) show(element, decision);
    else if (!slots.has(element)) isUnknown = slotOf(element);
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

/** Takes in one decision of an answer: shows it and tells who listens, if it changes anything. */
export const apply = (decision) => {
  const { placement } = decision;
  const before = known.get(placement);
  known.set(placement, decision);
  for (const element of elements()) if (nameOf(element) == placement) show(element, decision);
  if (!before || fingerprint(before) != fingerprint(decision))
    for (const [name, listener] of listeners) if (name == placement) notify(listener, decision);
};

/** Another person is at the page: their decisions are not known yet, and nobody else's may stay. */
export const forgetDecisions = () => {
  person += 1;
  known.clear();
  for (const slot of slots.values()) {
    restore(slot);
    slot.shown = slot.decision = undefined;
    watch(slot);
  }
};

/** Shows a decision in an element unless it stands there already: a new token alone never repaints. */
const show = (element, decision) => {
  const slot = slotOf(element);
  const { content, offer } = decision;
  const shown = fingerprint(decision);
  slot.decision = decision;
  if (slot.shown == shown) return;
  slot.shown = shown;
  if (content?.html == null) restore(slot);
  else if (!fill(slot, content.html)) {
    restore(slot);
    slot.decision = undefined;
    return;
  }
  if (content && offer) element.setAttribute(OFFER, offer);
  element.dispatchEvent(new CustomEvent("selvedge:decision", { detail: decision, bubbles: true }));
  watch(slot);
};

let policy;
const trusted = (html) => {
  policy ||= window.trustedTypes?.createPolicy("selvedge", { createHTML: (text) => text });
  return policy ? policy.createHTML(html) : html;
};

/** Puts HTML in the place of the page's own content. False when the page refuses (Trusted Types). */
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
  if (!element.hasAttribute("aria-live")) element.setAttribute("aria-live", "polite");
  element.replaceChildren(template.content);
  return 1;
};

const restore = ({ element, own }, slot = slots.get(element)) => {
  element.removeAttribute(OFFER);
  if (own) element.replaceChildren(own);
  slot.own = undefined;
};

/** Watches the document for new placements. */
export const start = () => {
  document.addEventListener("DOMContentLoaded", scan);
  new MutationObserver(() => {
    if (!isScanning) setTimeout(scan, SCAN_DELAY);
    isScanning = true;
  }).observe(document, { childList: true, subtree: true });
};
