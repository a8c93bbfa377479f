// Calls made on a page that was left before the tag was there.

import { pageNow } from "./page.js";

const KEY = "selvedge_early";

/** Runs `work` with localStorage, unless the browser blocks it or it is full. */
const stored = (work) => {
  try {
    return work(localStorage);
  } catch {}
};

const read = (storage) => JSON.parse(storage.getItem(KEY) || "[]");

// Only the rest of the tag knows what may be stored where the site or the visitor makes conditions: then nothing is.
const allowed = ({ consent, gpc, dnt }) =>
  !consent && !gpc && !dnt && stored((storage) => !/"analytics":false/.test(storage.getItem("selvedge_consent")));

/** Keeps calls for the next page, with the page they were made on. */
export const handOn = (settings, calls) => {
  // Functions can't be written down.
  const kept = calls.filter(([, args]) => args.every((value) => typeof value != "function"));
  if (kept[0] && allowed(settings))
    stored((storage) => {
      const page = { page: pageNow(), calls: kept.map(([method, args, time]) => [method, args, time]) };
      storage.setItem(KEY, JSON.stringify([...read(storage), page].slice(-20)));
    });
};

/** What earlier pages have kept, as `[{page, calls}]`; from now on it is the caller's. */
export const left = () =>
  stored((storage) => {
    const pages = read(storage);
    storage.removeItem(KEY);
    return pages;
  }) || [];
