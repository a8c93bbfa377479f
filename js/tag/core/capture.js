// What a page asks for by `data-capture`: `links`, `forms`, `engagement`, `errors`, `vitals`: a part that those pages load (and
// `products`: reading.js).

import { track } from "./event.js";
import { part, rust, settings } from "./shared.js";

/** Milliseconds for which the tag waits for the part before it is ready without. */
const PATIENCE = 2000;

let loading;
let captured;

export const wants = (what) => (settings.capture || "").split(" ").includes(what);

/** Ends the page view that was. */
export const endView = () => captured?.();

/** Begins to load the part, beside all that starts before it. */
export const load = () => {
  if (/links|forms|errors|vitals|engagement/.test(settings.capture)) loading = part(__CAPTURE__).catch(() => {});
};

/** The tag is not ready before it captures: what happens right after that must not be missed. A part that is slow to come begins when it
 *  is there. */
export const startAll = () => {
  const started = loading?.then((it) => {
    captured = it?.start(wants, track, part, () => rust.engaged(Date.now()), (isSeen) => rust.alive(Date.now(), isSeen));
  });
  return started && Promise.race([started, new Promise((slow) => setTimeout(slow, PATIENCE))]);
};
