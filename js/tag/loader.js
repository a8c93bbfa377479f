// tag.js: takes the place of `window.selvedge` at once, loads the wasm, and hands it the page and the calls made so far.
// All that the tag knows is in collector/ (Rust).

import * as glue from "selvedge-glue";
import * as bridge from "selvedge-bridge";
import * as imports from "selvedge-imports";

const VERSION = __VERSION__;
const WASM = __WASM__;
const EARLY = "selvedge_early";
const METHODS = ["page", "track", "identify", "reset", "consent", "decide", "onDecision"];

const script = document.currentScript || document.querySelector("script[data-write-key]");
const loaded = Date.now();
const before = window.selvedge;

let started;
let waiting = [];
let handed = [];
let listeners = [];

const run = (call, time) => {
  if (started) return bridge.guard(glue.call, bridge.warn)(call, time);
};

// While the tag loads, calls wait; if it can't load, they do nothing.
const send = (call, time = Date.now()) =>
  new Promise((resolve) => {
    const made = () => resolve(run(call, time));
    if (!waiting) return made();
    waiting.push(made);
    // Functions can't be handed on.
    if (call[0] != "onDecision") handed.push([call, time]);
  });

// A page that is left before the tag was loaded hands its calls to the next one: a sign-out must not be lost. Where
// nothing may be stored before consent, nothing is. `session` is blocked in some browsers.
const session = (work) => {
  try {
    return work(sessionStorage);
  } catch {}
};

const left = (storage) => JSON.parse(storage.getItem(EARLY) || "[]");

const handOn = () => {
  if (!waiting || !handed[0] || script.dataset.consent == "required") return;
  session((storage) => storage.setItem(EARLY, JSON.stringify([...left(storage), ...handed])));
  // Should this page come back from the back/forward cache, it has nothing left to say.
  waiting = [];
  handed = [];
};

const takeOver = () =>
  session((storage) => {
    const calls = left(storage);
    storage.removeItem(EARLY);
    for (const [call, time] of calls) run(call, time);
  });

// Clicks and submits made meanwhile wait among the calls; once loaded, the tag listens itself. The numbers: signal.rs.
const early = (event, time = Date.now()) =>
  waiting && waiting.push(() => started && bridge.callback(event.type == "click" ? 0 : 1, time)(event));

const read = (method) => () => run([method]) ?? null;

const api = {
  version: VERSION,
  user: () => ({ id: read("id"), anonymousId: read("anonymousId"), traits: read("traits") }),
  ready: (listener) => (listeners ? listeners.push(listener) : started && setTimeout(listener)),
  push: (...calls) =>
    calls.forEach((call) => {
      const [method, ...args] = bridge.list(call);
      api[method]?.(...args);
    }),
};
for (const method of METHODS) api[method] = (...args) => send([method, ...args]);

const load = async () => {
  const base = (script.dataset.endpoint || new URL(".", script.src).href).replace(/\/?$/, "/");
  const response = await fetch(base + WASM);
  if (!response.ok) throw response.status;
  // instantiateStreaming insists on this type; servers that don't know wasm send another.
  const typed = /^application\/wasm/.test(response.headers.get("content-type"));
  const { instance } = await (typed
    ? WebAssembly.instantiateStreaming(response, { a: imports })
    : WebAssembly.instantiate(await response.arrayBuffer(), { a: imports }));
  glue.__wbg_set_wasm(instance.exports);
  instance.exports[__START__]();
  bridge.attach(glue.signal);
  glue.start(window, script, base);
  started = 1;
  takeOver();
  run(["opened"], loaded);
};

const finish = () => {
  const calls = waiting;
  waiting = 0;
  handed = [];
  for (const made of calls) made();
  for (const listener of listeners) started && setTimeout(listener);
  listeners = 0;
};

if (!before?.version && script) {
  window.selvedge = api;
  addEventListener("pagehide", handOn);
  for (const type of ["click", "submit"]) document.addEventListener(type, early, true);
  if (before) {
    // A stub: an array of calls, or an object or function with the array `q`. Whoever kept a reference to it goes on.
    const calls = Array.isArray(before) ? before.splice(0) : Array.from(before.q || []);
    Object.assign(before, api);
    api.push(...calls);
  }
  load().catch(bridge.warn).then(finish);
}
