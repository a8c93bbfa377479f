// tag.js: takes the place of `window.selvedge` at once, keeps the calls that come, and fetches the rest of the tag, whose
// names carry their hashes. Browsers keep this file for an hour only, so it is small; the rest they keep for ever.

import { left, handOn } from "./early.js";
import { marked } from "./marked.js";

const METHODS =
  "page screen track identify group alias reset on off once use debug consent decide onDecision heard".split(" ");

/** Milliseconds after which a tag that has not come does not come any more: what it would change has been read. */
const LATEST = 20000;

/** Milliseconds, or twice as many, after which a part that did not come is asked for again: not by all pages at once. */
const AGAIN = 15000;

/** Calls that wait for it. */
const MOST = 1000;

const script = document.currentScript || document.querySelector("script[data-write-key]");
const before = window.selvedge;
/** `again`: see `anew`. */
const settings = { ...script?.dataset, ...before?.again };

/** A call, as stubs write it down, too: the method and its arguments; with `time`, and `kept`, which keeps its promise. */
const callOf = (...call) => Object.assign(call, { time: Date.now() });

/** Calls until the tag is there. The first is the page view of the load itself. */
let waiting = [callOf("opened")];
let begin;
const started = new Promise((resolve) => (begin = resolve));

const none = () => null;

const api = {
  version: __VERSION__,
  /** `loading`, `ready` or `failed`. */
  status: "loading",
  user: () => ({ id: none, anonymousId: none, traits: none }),
  /** A promise that rejects when the tag can't be had; nobody has to look at it. */
  ready(listener) {
    // A text would be run as code.
    const ready = done.then(() => void (typeof listener == "function" && setTimeout(listener)));
    ready.catch(none);
    return ready;
  },
  load(writeKey, options) {
    begin(Object.assign(settings, options, { writeKey }));
    return api;
  },
  push: (...calls) =>
    calls.forEach((call) => {
      const [method, ...args] = Array.from(call || []);
      const result = api[method]?.(...args);
      call?.kept?.(result);
    }),
};

// Once the tag is there its own methods stand here; whoever kept one of these is led to them.
for (const method of METHODS) {
  const wait = (...args) => {
    if (api[method] != wait) return api[method](...args);
    const call = callOf(method, ...args);
    // A tag that never comes must not fill the page's memory.
    if (waiting.length < MOST) waiting.push(call);
    const promise = new Promise((resolve) => (api.status == "failed" ? resolve() : (call.kept = resolve)));
    return /^(on|off|once|use|debug)$/.test(method) ? api : promise;
  };
  api[method] = wait;
}

const slash = (url) => url.replace(/\/?$/, "/");

/** Where the file with this hash stands, and what browsers check it against. */
const named = (assets, hash, kind = "js") => [
  `${assets}tag/${hash.replace(/\W/g, "").slice(0, 16)}.${kind}`, `sha256-${hash}`,
];

/** A module, whose content browsers check. No policy of the page has to know of `import()`. */
const load = (href, integrity) => {
  document.head.append(
    Object.assign(document.createElement("link"), { rel: "modulepreload", href, integrity, nonce: script?.nonce }),
  );
  return import(href);
};

/** What the tag decides with: Rust as wasm, or, where wasm may not run, the same compiled to JavaScript. */
const decider = async (assets) => {
  try {
    if (settings.wasm == "never") throw 0;
    const [url, integrity] = named(assets, __WASM__, "wasm");
    const response = await fetch(url, { integrity });
    return (await WebAssembly.instantiate(await response.arrayBuffer())).instance.exports;
  } catch {
    return load(...named(assets, __SCRIPT__));
  }
};

/** Sees that the browser's cache has the loader of now. */
const renew = async () => {
  const src = script?.src || settings.src;
  return src && fetch(src, { cache: "reload" });
};

/** A release may have taken away what this loader, out of the browser's cache, names: the loader of now takes over what waits, once. */
const anew = async (error, endpoint) => {
  const response = !before?.again && (await renew().catch(none));
  if (!response?.ok || (await response.text()).includes(__CORE__) || api.status == "failed") throw error;
  Object.assign(api, { version: 0, q: waiting, again: { ...settings, endpoint } });
  // Another name than that of a module that ran.
  await load(`${response.url}#`, "");
  return window.selvedge.ready();
};

const done = started.then(async () => {
  // A page that is prepared ahead of a visit is nobody's yet.
  if (document.prerendering) {
    await new Promise((seen) => document.addEventListener("prerenderingchange", seen));
    waiting[0].time = Date.now();
  }
  const base = slash(settings.endpoint || new URL(".", script.src).href);
  const assets = slash(settings.assets || base);
  const late = new Promise((_, fail) => setTimeout(fail, LATEST, "too slow"));
  let core;
  let rust;
  try {
    [core, rust] = await Promise.race([Promise.all([load(...named(assets, __CORE__)), decider(assets)]), late]);
  } catch (error) {
    return Promise.race([anew(error, base), late]);
  }
  // An edge that has it not, or a network that is gone, may be a passing thing: it is asked for once more.
  const part = async (hash) => {
    const [url, integrity] = named(assets, hash);
    try {
      return await load(url, integrity);
    } catch {
      renew().catch(none);
      await new Promise((later) => setTimeout(later, AGAIN + Math.random() * AGAIN));
      // Another name than that of a module that failed.
      return load(`${url}#`, integrity);
    }
  };
  await core.start(settings, base, rust, part, api, before, left, waiting);
  waiting = 0;
});

/** Hears what a shop tells Google Analytics, once there is a `dataLayer`: first what that was told before, nobody knows when. */
const listen = () => {
  const { dataLayer } = window;
  if (!Array.isArray(dataLayer)) return document.addEventListener("readystatechange", listen, { once: true });
  const { push } = dataLayer;
  for (const item of dataLayer) api.heard(item, 1);
  dataLayer.push = function (...items) {
    const result = push.apply(this, items);
    for (const item of items) api.heard(item);
    return result;
  };
};

// Without an element of its own it was imported, by a page that has left its calls in a stub.
if (!before?.version && (script || before)) {
  window.selvedge = api;
  // A page that is left before the tag was there hands its calls to the next one: a sign-out must not be lost. Should it
  // come back from the back/forward cache, it has nothing left to say.
  addEventListener("pagehide", () => {
    if (waiting) handOn(settings, waiting.splice(0));
  });
  done.catch((error) => {
    api.status = "failed";
    if (!before?.again) console.warn("selvedge:", error);
    for (const { kept } of waiting || []) kept?.();
  });
  if (before) {
    // A stub: an array of calls, or an object or function with the array `q`. Whoever kept a reference to it goes on.
    const calls = (Array.isArray(before) ? before : before.q || []).splice(0);
    Object.assign(before, api);
    api.push(...calls);
  }
  // The loader that was here before goes on listening.
  if (!before?.again) {
    // A click may leave the page, and elements may come later: one listener on the document, ahead of the page's own.
    for (const type of ["click", "submit"])
      document.addEventListener(type, (event) => {
        const found = marked(event);
        if (found) api.track(...found);
      }, true);
    listen();
  }
  if (settings.writeKey) begin();
}
