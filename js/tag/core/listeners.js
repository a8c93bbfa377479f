// What the page's code hangs into the tag: listeners of calls, and middleware that sees events before they are kept.

/** As `{name, listener, isOnce}`. */
let listeners = [];

export const middlewares = [];

export const on = (name, listener, isOnce) => void listeners.push({ name, listener, isOnce });
export const once = (name, listener) => on(name, listener, 1);
export const off = (name, listener) => {
  listeners = listeners.filter((known) => known.name != name || known.listener != listener);
};

/** Calls the listeners of a method in a microtask: their errors stay the page's own. */
export const emit = (name, args) => {
  const called = listeners.filter((known) => known.name == name);
  listeners = listeners.filter((known) => known.name != name || !known.isOnce);
  for (const { listener } of called) Promise.resolve().then(() => listener(...args));
};
