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
  let lines = (get(SPACE) || "").split("\n");
  for (const { element, decision } of slots.values()) {
    // The site's own styles count before this.
    const rule = `@media(width:${innerWidth}px){:where([data-selvedge-placement=${CSS.escape(nameOf(element))}])`;
    lines = lines.filter((line) => !line.startsWith(rule));
    if (decision?.content) {
      const { minHeight } = element.style;
      element.style.minHeight = 0;
      lines.push(`${rule}{min-height:${getComputedStyle(element).height}}}`);
      element.style.minHeight = minHeight;
    }
  }
  set(SPACE, lines.slice(-KEPT).join("\n"));
};
