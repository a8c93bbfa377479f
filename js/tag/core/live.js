// Pages that follow what is published while they are open: those with `data-live`, on the script or on a placement, and previews of what is
// not published yet (`?selvedge_preview=…`). How they do it is a part that only they load, after the edge's first answer: nothing
// is said before consent, and where nobody answers nobody listens.

import { config } from "./answer.js";
import { asked } from "./asked.js";
import { GRANTED, status } from "./consent.js";
import { on } from "./listeners.js";
import { decide } from "./placement.js";
import { base, part, settings } from "./shared.js";

const KEY = "selvedge_preview";

/** The token of the preview that this tab looks at. */
export let preview;
/** The newest version of the config that this page has heard of. */
export let heard = 0;
let isLoaded;

/** Whoever is to be told of publications is, from now on. */
export const look = () => {
  const { live, writeKey } = settings;
  if (isLoaded || !(preview || live || live === "" || document.querySelector("[data-selvedge-placement][data-live]"))) return;
  isLoaded = 1;
  const given = {
    base, writeKey, preview, on,
    isAllowed: () => status == GRANTED,
    version: () => config().version,
    hear: (version) => ((heard = version), decide()),
    end: () => ((preview = undefined), decide()),
  };
  part(__LIVE__, __LIVE_HASH__).then(({ start }) => start(given)).catch(() => {});
};

/** Takes the token out of the address: no event may carry it on. */
export const start = () => {
  preview = asked(KEY) || undefined;
  const url = new URL(location);
  url.searchParams.delete(KEY);
  if (preview && url.search != location.search) history.replaceState(history.state, "", url);
};
