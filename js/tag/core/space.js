// The space that offers took, as a style sheet that the next page's stub adopts before anything is painted: an offer taller than what
// the page has in its place would move what stands below.

import { nameOf, slots } from "./placement.js";
import { get, set } from "./storage.js";

/** The stub knows it by this name; placement.js forgets it with the decisions. */
export const SPACE = "selvedge_space";

/** Placements that are remembered, each at each width of the window. */
const KEPT = 20;

/** To be called when nobody looks: pictures have their sizes by then, and what is tried out here nobody sees. */
export const keepSpace = () => {
  const all = [...slots.values()].filter(({ element }) => element.isConnected);
  if (!all[0]) return;
  const kept = all.map(({ element }) => element.style.minHeight);
  // The page is laid out once for all of them: nothing is written between what is read.
  for (const { element } of all) element.style.minHeight = 0;
  const heights = all.map(({ element }) => getComputedStyle(element).height);
  let lines = (get(SPACE) || "").split("\n");
  all.forEach(({ element, decision }, at) => {
    element.style.minHeight = kept[at];
    // The site's own styles count before this.
    const rule = `@media(width:${innerWidth}px){:where([data-selvedge-placement=${CSS.escape(nameOf(element))}])`;
    lines = lines.filter((line) => !line.startsWith(rule));
    if (decision?.content) lines.push(`${rule}{min-height:${heights[at]}}}`);
  });
  set(SPACE, lines.slice(-KEPT).join("\n"));
};
