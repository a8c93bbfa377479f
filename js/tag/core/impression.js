// Offers that were seen (half in view for a second), clicked and dismissed: "Promotion Viewed", "Promotion Clicked" and
// "Promotion Dismissed".

import { track } from "./event.js";
import { dismiss, slots } from "./placement.js";

/** Milliseconds that half of an offer must be in view to count as seen. */
const DWELL = 1000;

/** Which offers were counted in this page view. */
let counted = new Set();
/** Timers of elements in view. */
const timers = new Map();
let observer;

/** True for a slot that shows an offer, not the page's own content. */
const shows = ({ decision }) => decision?.offer && decision.content;

// Without a token it is a preview's, and counts nowhere.
const report = (name, { decision: { offer, placement, token, variant } }) =>
  token && track(name, { promotion_id: offer, position: placement, token, variant });

const stop = (element) => clearTimeout(timers.get(element));

/** Begins to watch an element for the offer it shows now, or stops when it shows none. */
export const watch = (slot) => {
  stop(slot.element);
  // The observer reports the state of an element when it is told to observe it anew.
  observer?.unobserve(slot.element);
  if (shows(slot)) observer?.observe(slot.element);
};

/** A new page view: offers that are still shown count again, and elements that are gone are forgotten. */
export const newPageView = () => {
  counted = new Set();
  for (const [element, slot] of slots) {
    if (!element.isConnected) slots.delete(element);
    watch(slot);
  }
};

const dwelled = (slot) => {
  const { offer, placement, variant } = slot.decision || {};
  const key = [offer, placement, variant].join("\n");
  if (!shows(slot) || counted.has(key)) return;
  counted.add(key);
  report("Promotion Viewed", slot);
};

const intersected = (entries) => {
  for (const { target, intersectionRatio } of entries) {
    const slot = slots.get(target);
    stop(target);
    if (slot && intersectionRatio >= 0.5) timers.set(target, setTimeout(dwelled, DWELL, slot));
  }
};

export const start = () => {
  if (window.IntersectionObserver) observer = new IntersectionObserver(intersected, { threshold: 0.5 });
  document.addEventListener("click", ({ target }) => {
    const slot = slots.get(target.closest?.("[data-selvedge-offer]"));
    if (!slot || !shows(slot)) return;
    const isDismissed = target.closest("[data-selvedge-dismiss]");
    report(isDismissed ? "Promotion Dismissed" : "Promotion Clicked", slot);
    if (isDismissed) dismiss(slot);
  }, true);
};
