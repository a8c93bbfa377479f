// The JavaScript side of collector/src/bridge.rs: the few doors between the Rust tag and the page.
// Each catches what the page's JavaScript throws and gives `undefined`; a trap in the tag never reaches the page either.

let signal;
let warned;

/** Says once per page that the tag has a problem; the page itself goes on. */
export const warn = (error) => {
  if (!warned) console.warn("selvedge:", error);
  warned = 1;
};

/** The same function without exceptions: they are reported, if at all, and the result is `undefined`. */
export const guard = (f, report) => (...args) => {
  try {
    return f(...args);
  } catch (error) {
    report?.(error);
  }
};

/** Signals go to this function of the tag from now on. */
export const attach = (receiver) => {
  signal = receiver;
};

export const get = guard((object, key) => object[key]);

export const set = guard((object, key, value) => {
  object[key] = value;
  return true;
});

export const missing = (value) => value == null;

export const number = (value) => (value == null ? NaN : guard(Number)(value));

// Rust passes a fixed number of arguments; methods with optional or repeated ones must not see the empty ones.
const trim = (args) => {
  while (args.length && args[args.length - 1] === undefined) args.pop();
  return args;
};

export const call = guard((object, method, ...args) => object[method](...trim(args)));

export const construct = guard((name, ...args) => new window[name](...trim(args)));

export const callback = (kind, data) => guard((value) => signal(kind, value, data), warn);

export const list = (iterable) => guard(Array.from)(iterable) || [];

export const deferred = () => {
  const result = {};
  result.promise = new Promise((resolve) => (result.resolve = resolve));
  return result;
};

export const wrap = guard((object, method, kind) => {
  const original = object[method];
  const after = callback(kind);
  object[method] = function (...args) {
    const result = original.apply(this, args);
    after();
    return result;
  };
});
