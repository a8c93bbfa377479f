// What a page asks for by `data-capture`: `links`, `forms`, `engagement`, `errors`, `vitals`: a part that those pages load (and
// `products`: reading.js).

import { track } from "./event.js";
import { part, rust, settings } from "./shared.js";

let captured;

export const wants = (what) => (settings.capture || "").split(" ").includes(what);

/** Ends the page view that was. */
export const endView = () => captured?.();

export const startAll = () => {
  if (/links|forms|errors|vitals|engagement/.test(settings.capture))
    part(__CAPTURE__)
      .then(({ start }) => (captured = start(wants, track, part, () => rust.engaged(Date.now()), (isSeen) => rust.alive(Date.now(), isSeen))))
      .catch(() => {});
};
