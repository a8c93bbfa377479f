// What the tag remembers in the browser: localStorage where it may and can, this page's memory otherwise. With `data-storage="none"` nothing is
// written to the browser or read from it.

import { settings } from "./shared.js";

const memory = new Map();
let persistent;

/** False where the page wants nothing of the browser's storage. */
export const isStored = () => settings.storage != "none";

/** Runs `work` with localStorage; `undefined` when the browser blocks it, or it is full. */
const local = (work) => {
  try {
    return isStored() ? work(localStorage) : undefined;
  } catch {}
};

export const get = (key) => memory.get(key) ?? local((storage) => storage.getItem(key));

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
  if ((persistent || always) && local((storage) => (storage.setItem(key, value), 1))) memory.delete(key);
  else memory.set(key, value);
};

export const remove = (key) => {
  memory.delete(key);
  local((storage) => storage.removeItem(key));
};

/** The keys in localStorage that begin so, oldest first where the rest of the key is a time. */
export const keys = (prefix) =>
  local((storage) => Object.keys(storage).filter((key) => key.startsWith(prefix)).sort()) || [];

/** Allows or forbids localStorage. What was held in memory moves there when it is allowed. */
export const persist = (allowed) => {
  persistent = allowed && isStored();
  if (persistent) for (const [key, value] of memory) set(key, value);
};

/** True when values outlive the page. */
export const isPersistent = () => persistent;
