// The tag for sites that are bundled: the calls of `window.selvedge` as functions. Nothing is touched until one is called, and
// on a server each does nothing, so a page that is rendered there may import this.

/** Milliseconds after which nobody waits for a tag that has not come. */
const LATEST = 20000;

const isBrowser = () => typeof window == "object" && typeof document == "object";

/** `window.selvedge`; until the tag is there, an array that keeps the calls, as the stub of a page does. */
const call = (method, args) => {
  if (!isBrowser()) return Promise.resolve();
  const tag = (window.selvedge ??= []);
  if (tag[method]) return tag[method](...args);
  const kept = [method, ...args];
  tag.push(kept);
  return new Promise((keep) => {
    kept.kept = keep;
    setTimeout(keep, LATEST);
  });
};

const start = async (writeKey, { src, ...options }) => {
  const url = new URL(src, document.baseURI).href;
  call("load", [writeKey, { endpoint: new URL(".", url).href, src: url, ...options }]);
  await import(/* webpackIgnore: true */ /* @vite-ignore */ url);
  await window.selvedge.ready();
};

/**
 * Fetches the tag and starts it. `src` is the address of `tag.js`; the edge is in its directory unless `endpoint` says
 * otherwise. Gives a promise that rejects if the tag can't be had; nobody has to look at it.
 */
export const load = (writeKey, options) => {
  if (!isBrowser()) return Promise.resolve();
  const loaded = start(writeKey, options);
  loaded.catch(() => {});
  return loaded;
};

export const track = (...args) => call("track", args);
export const page = (...args) => call("page", args);
export const screen = (...args) => call("screen", args);
export const identify = (...args) => call("identify", args);
export const group = (...args) => call("group", args);
export const alias = (...args) => call("alias", args);
export const reset = () => call("reset", []);
export const consent = (...args) => call("consent", args);
export const decide = (...args) => call("decide", args);
export const onDecision = (...args) => call("onDecision", args);
export const on = (...args) => void call("on", args);
export const once = (...args) => void call("once", args);
export const off = (...args) => void call("off", args);
export const use = (...args) => void call("use", args);
export const debug = (...args) => void call("debug", args);

const none = () => null;

/** Who this is; `null` before the tag is ready, and on a server. */
export const user = () =>
  (isBrowser() && window.selvedge?.user?.()) || { id: none, anonymousId: none, traits: none };
