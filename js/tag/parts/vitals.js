// `data-capture="vitals"`: how fast the page was, as browsers measure it. One event for each page view's end.

import { onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";

/** Segment has no event for it. Times in milliseconds, the layout's shift as it is. */
const EVENT = "Web Vitals Measured";

export const start = (track) => {
  let measured = {};
  const note = ({ name, value }) => {
    measured[name == "CLS" ? "cls" : `${name.toLowerCase()}_ms`] = name == "CLS" ? Math.round(value * 1e4) / 1e4 : Math.round(value);
  };
  for (const measure of [onCLS, onFCP, onINP, onLCP, onTTFB]) measure(note);
  // After theirs: when the page is hidden, each says what it has come to.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && Object.keys(measured)[0]) {
      track(EVENT, measured);
      measured = {};
    }
  });
};
