// tag.js: takes the place of `window.selvedge` at once, keeps the calls that come, and fetches the rest of the tag, whose
// names carry their hashes. Browsers keep this file for an hour only, so it is small; the rest they keep for ever.

import { left, handOn } from "./early.js";
import { marked } from "./marked.js";

const METHODS =
  "page screen track identify group alias reset on off once use debug consent decide onDecision".split(" ");

/** Milliseconds after which a tag that has not come does not come any more: what it would change has been read. */
const LATEST = 20000;

const script = document.currentScript || document.querySelector("script[data-write-key]");
const before = window.selvedge;
const settings = { ...script?.dataset };

/** Calls until the tag is there, as `[method, arguments, time, resolve]`. The first is the page view of the load itself. */
let waiting = [["opened", [], Date.now()]];
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
  /** A stub's calls, as arrays of the method and its arguments; `kept` is what keeps the promise that the stub has given. */
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
    const call = [method, args, Date.now()];
    waiting.push(call);
    const promise = new Promise((resolve) => (api.status == "failed" ? resolve() : (call[3] = resolve)));
    return /^(on|off|once|use|debug)$/.test(method) ? api : promise;
  };
  api[method] = wait;
}

const slash = (url) => url.replace(/\/?$/, "/");

/** A module whose content is what this loader was built with. No policy of the page has to know of `import()`. */
const load = (url, integrity) => {
  document.head.append(
    Object.assign(document.createElement("link"), { rel: "modulepreload", href: url, integrity, nonce: script?.nonce }),
  );
  return import(url);
};

/** What the tag decides with: Rust as wasm, or, where wasm may not run, the same compiled to JavaScript. */
const decider = async (assets) => {
  try {
    if (settings.wasm == "never") throw 0;
    const response = await fetch(assets + __WASM__, { integrity: __WASM_HASH__ });
    return (await WebAssembly.instantiate(await response.arrayBuffer())).instance.exports;
  } catch {
    return load(assets + __SCRIPT__, __SCRIPT_HASH__);
  }
};

const done = started.then(async () => {
  // A page that is prepared ahead of a visit is nobody's yet.
  if (document.prerendering) {
    await new Promise((seen) => document.addEventListener("prerenderingchange", seen));
    waiting[0][2] = Date.now();
  }
  const base = slash(settings.endpoint || new URL(".", script.src).href);
  const assets = slash(settings.assets || base);
  const late = new Promise((_, fail) => setTimeout(fail, LATEST, "too slow"));
  const parts = Promise.all([load(assets + __CORE__, __CORE_HASH__), decider(assets)]);
  const [core, rust] = await Promise.race([parts, late]);
  const part = (path, hash) => load(assets + path, hash);
  await core.start({ settings, base, rust, part, api, before, early: left, calls: waiting });
  waiting = 0;
});

// Without an element of its own it was imported, by a page that has left its calls in a stub.
if (!before?.version && (script || before)) {
  window.selvedge = api;
  // A click may leave the page, and elements may come later: one listener on the document, ahead of the page's own.
  for (const type of ["click", "submit"])
    document.addEventListener(type, (event) => {
      const found = marked(event);
      if (found) api.track(...found);
    }, true);
  // A page that is left before the tag was there hands its calls to the next one: a sign-out must not be lost. Should it
  // come back from the back/forward cache, it has nothing left to say.
  addEventListener("pagehide", () => {
    if (waiting) handOn(settings, waiting.splice(0));
  });
  done.catch((error) => {
    api.status = "failed";
    console.warn("selvedge:", error);
    // What it names may be gone since a new release: the next page has the new one.
    if (script?.src) fetch(script.src, { cache: "reload" }).catch(none);
    for (const [, , , resolve] of waiting || []) resolve?.();
  });
  if (before) {
    // A stub: an array of calls, or an object or function with the array `q`. Whoever kept a reference to it goes on.
    const calls = Array.isArray(before) ? before.splice(0) : Array.from(before.q || []);
    Object.assign(before, api);
    api.push(...calls);
  }
  if (settings.writeKey) begin();
}
