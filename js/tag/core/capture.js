// What a page asks for by `data-capture`: `links`, `forms`, `engagement`, `errors`, `vitals`: a part that those pages load (and
// `products`, `orders`: reading.js).

import { track } from "./event.js";
import { part, rust, settings } from "./shared.js";

/** Milliseconds for which the tag waits for the part before it is ready without. */
const PATIENCE = 2000;

let loading;
let captured;

/** Whether the page asks for one of these: `links|forms`. None has another's name in its own. */
export const wants = (what) => settings.capture?.match(what);

/** Ends the page view that was. */
export const endView = () => captured?.();

/** Begins to load the part, beside all that starts before it. */
export const load = () => {
  if (wants("links|forms|errors|vitals|engagement")) loading = part(__CAPTURE__).catch(() => {});
};

/** The tag is not ready before it captures: what happens right after that must not be missed. A part that is slow to come begins when it
 *  is there. */
export const startAll = () => {
  const started = loading?.then((it) => {
    captured = it?.start(wants, track, part, () => rust.engaged(Date.now()), (isSeen) => rust.alive(Date.now(), isSeen));
  });
  return started && Promise.race([started, new Promise((slow) => setTimeout(slow, PATIENCE))]);
};
