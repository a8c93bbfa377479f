// What the page's code hangs into the tag: listeners of calls, and middleware that sees events before they are kept.

const listeners = [];

export const middlewares = [];

export const on = (name, listener) => void listeners.push([name, listener]);

export const off = (name, listener) => {
  const at = listeners.findIndex((known) => known[0] == name && (known[1] == listener || known[2] == listener));
  if (at >= 0) listeners.splice(at, 1);
};

export const once = (name, listener) => {
  const first = (...args) => {
    off(name, first);
    listener(...args);
  };
  listeners.push([name, first, listener]);
};

/** Calls the listeners of a method in a microtask: their errors stay the page's own. */
export const emit = (name, args) => {
  for (const [known, listener] of [...listeners]) if (known == name) Promise.resolve().then(() => listener(...args));
};
