// Calls made on a page that was left before the tag was there.

import { browser, mayStore } from "./may-store.js";
import { pageNow } from "./page.js";

const KEY = "selvedge_early";

const read = () => JSON.parse(localStorage.getItem(KEY) || "[]");

/** A call as text; none of one that can't be written down: with a function, or what names itself. */
const textOf = ([method, ...args], time) => {
  try {
    return args.every((value) => typeof value != "function") && JSON.stringify({ method, args, time });
  } catch {}
};

/** Keeps calls for the next page, with the page they were made on. */
export const handOn = (settings, calls) => {
  const texts = calls.map((call) => textOf(call, call.time)).filter(Boolean);
  if (texts[0] && mayStore(settings))
    browser(settings, () => {
      const page = { page: pageNow(), calls: texts.map(JSON.parse) };
      localStorage.setItem(KEY, JSON.stringify([...read(), page].slice(-20)));
    });
};

/** What earlier pages have kept, as `[{page, calls}]`; from now on it is the caller's. */
export const left = (settings) =>
  browser(settings, () => {
    const pages = read();
    localStorage.removeItem(KEY);
    return pages;
  }) || [];
