// Offers that were seen (half in view, or half of the window's height, for a second), clicked and dismissed: "Promotion Viewed", "Promotion Clicked" and
// "Promotion Dismissed".

import { track } from "./event.js";
import { dismiss, slots } from "./placement.js";

/** Milliseconds that half of an offer must be in view to count as seen; of a tall one, as much as fills half of the window. */
const DWELL = 1000;

/** The offers that were counted in this page view. */
let counted = {};
let observer;

/** True for a slot that shows an offer, not the page's own content. */
const shows = ({ decision }) => decision?.offer && decision.content;

// Without a token it is a preview's, and counts nowhere.
const report = (name, { decision: { offer, placement, token, variant } }) =>
  token && track(name, { promotion_id: offer, position: placement, token, variant });

const stop = (slot) => (slot.timer = clearTimeout(slot.timer));

/** Begins to watch an element for the offer it shows now, or stops when it shows none. */
export const watch = (slot) => {
  stop(slot);
  // The observer reports the state of an element when it is told to observe it anew.
  observer?.unobserve(slot.element);
  if (shows(slot)) observer?.observe(slot.element);
};

/** A new page view: offers that are still shown count again, and elements that are gone are forgotten. */
export const newPageView = () => {
  counted = {};
  for (const [element, slot] of slots) {
    if (!element.isConnected) slots.delete(element);
    watch(slot);
  }
};

const dwelled = (slot) => {
  if (!shows(slot)) return;
  const { offer, placement, variant } = slot.decision;
  counted[[offer, placement, variant]] ||= report("Promotion Viewed", slot);
};

const intersected = (entries) => {
  for (const { target, intersectionRatio, intersectionRect } of entries) {
    const slot = slots.get(target) || {};
    if (intersectionRatio >= 0.5 || intersectionRect.height * 2 >= innerHeight) slot.timer ||= setTimeout(dwelled, DWELL, slot);
    else stop(slot);
  }
};

export const start = () => {
  // At each hundredth up to the half: how tall an offer is may change while it is shown.
  const threshold = [...Array(51).keys()].map((n) => n / 100);
  if (window.IntersectionObserver) observer = new IntersectionObserver(intersected, { threshold });
  document.addEventListener("click", ({ target }) => {
    const slot = slots.get(target.closest?.("[data-selvedge-offer]"));
    if (!slot || !shows(slot)) return;
    const isDismissed = target.closest("[data-selvedge-dismiss]");
    report(isDismissed ? "Promotion Dismissed" : "Promotion Clicked", slot);
    if (isDismissed) dismiss(slot);
  }, true);
};
