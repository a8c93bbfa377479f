// Pages that follow what is published while they are open: those with `data-live`, on the script or on a placement, and previews of what is
// not published yet (`?selvedge_preview=…`). How they do it is a part that only they load, after the edge's first answer: nothing
// is said before consent, and where nobody answers nobody listens.

import { PREVIEW } from "../preview-key.js";
import { decidedBy } from "./answer.js";
import { asked, takenOut } from "./asked.js";
import { GRANTED, status } from "./consent.js";
import { decide } from "./placement.js";
import { base, part, settings } from "./shared.js";

/** The token of the preview that this tab looks at. */
export let preview;
/** The newest version of the config that this page has heard of. */
export let heard = 0;
let isLoaded;

/** The version that this page goes by; false without consent. */
const known = () => status == GRANTED && decidedBy;

/** Asks anew, because of a version that was heard of, in this preview or none. */
const ask = (...said) => {
  [heard, preview] = said;
  return decide();
};

/** Whoever is to be told of publications is, from now on. */
export const look = () => {
  if (isLoaded || !(preview || settings.live != null || document.querySelector("[data-selvedge-placement][data-live]"))) return;
  isLoaded = 1;
  part(__LIVE__).then(({ start }) => start(base, settings.writeKey, known, ask, preview)).catch(() => {});
};

export const start = () => (preview = asked(PREVIEW, takenOut(PREVIEW)) || undefined);
