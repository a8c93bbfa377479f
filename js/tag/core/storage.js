// What the tag remembers in the browser: localStorage where it may and can, this page's memory otherwise.

import { browser } from "../may-store.js";
import { settings } from "./shared.js";

const memory = new Map();
let persistent;

/** Runs `work` with what the browser keeps; gives `undefined` where it may not. */
export const kept = (work) => browser(settings, work);

export const get = (key) => memory.get(key) ?? kept(() => localStorage.getItem(key));

/** A stored JSON value; `otherwise` when there is none, or the page has put something else there. */
export const getJson = (key, otherwise) => {
  try {
    return JSON.parse(get(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
};

/** Stores a value. `always`: whatever the consent, for the consent itself. */
export const set = (key, value, always) => {
  // What is in memory hides what is in localStorage, so nothing old may stay there.
  if ((persistent || always) && kept(() => (localStorage.setItem(key, value), 1))) memory.delete(key);
  else memory.set(key, value);
};

export const remove = (key) => {
  memory.delete(key);
  kept(() => localStorage.removeItem(key));
};

/** The keys in localStorage that begin so, oldest first where the rest of the key is a time. */
export const keys = (prefix) =>
  kept(() => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).sort()) || [];

/** Allows or forbids localStorage. What was held in memory moves there when it is allowed. */
export const persist = (allowed) => {
  persistent = kept(() => allowed);
  if (persistent) for (const [key, value] of memory) set(key, value);
};

/** True when values outlive the page. */
export const isPersistent = () => persistent;
