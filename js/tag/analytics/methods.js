// The methods of `window.analytics`, said to `window.selvedge`.

import { browser } from "../may-store.js";

const { selvedge } = window;
const settings = document.currentScript?.dataset;
const before = window.analytics;
const isFunction = (value) => typeof value == "function";
const nothing = () => {};

/** Segment's snippet adds the page of the call as it was then. */
const isPage = (value) => value?.__t == "bpc";

/** The arguments of a call without its callback, with the page it was made on among its options, which stand at `at`. */
const plain = (args, at) => {
  const page = args.find(isPage);
  const rest = args.filter((value) => !isFunction(value) && !isPage(value));
  if (page && page.u != location.href) {
    const { context, ...options } = rest[at] ?? {};
    rest[at] = {
      ...options,
      context: { page: { path: page.p, url: page.u, search: page.s, title: page.t, referrer: page.r }, ...context },
    };
  }
  return rest;
};

/** Where the options of a call stand. */
const OPTIONS = {
  track: () => 2,
  identify: ([id]) => (typeof id == "object" ? 1 : 2),
  group: () => 2,
  alias: () => 2,
  page: (args) => (typeof args[0] != "string" ? 1 : typeof args[1] != "string" ? 2 : 3),
  screen: () => 2,
};

const event = (method) => (...args) => {
  const callback = args.find(isFunction);
  const given = args.filter((value) => !isFunction(value) && !isPage(value));
  const done = selvedge[method](...plain(args, OPTIONS[method](given)));
  if (callback) done.then((messageId) => callback({ event: { messageId } }));
  return done;
};

const elements = (given) => (given?.addEventListener ? [given] : Array.from(given ?? []));
const of = (value, element) => (isFunction(value) ? value(element) : value);

/** Their way to be told before the page is left; an event is stored at once, so nothing has to wait for it. */
const listener = (type) => (given, name, properties) => {
  for (const element of elements(given))
    element.addEventListener(type, () => methods.track(of(name, element), of(properties, element)), true);
  return methods;
};

const store = (id) => {
  const secure = location.protocol == "https:" ? ";secure" : "";
  browser(settings, () => (document.cookie = `selvedge_anonymous_id=${id};max-age=31536000;path=/;samesite=lax${secure}`));
  browser(settings, () => (localStorage.selvedge_anonymous_id = id));
  return id;
};

const user = () => {
  const { id, anonymousId, traits } = selvedge.user();
  return { id, traits, anonymousId: (given) => (given ? store(given) : anonymousId()) };
};

const track = event("track");
const group = event("group");

const chained = (method) => (...args) => {
  selvedge[method](...args);
  return methods;
};

const methods = {
  initialized: true,
  VERSION: __VERSION__,
  track,
  page: event("page"),
  identify: event("identify"),
  alias: event("alias"),
  screen: event("screen"),
  // Without arguments it is a question; which group this browser has named is not kept.
  group: (...args) => (args[0] == null ? { id: () => null, traits: () => ({}) } : group(...args)),
  pageview: (path) => methods.page(path ? { path } : {}),
  reset: () => selvedge.reset(),
  ready: (callback) => selvedge.ready(callback),
  user,
  setAnonymousId: store,
  trackClick: listener("click"),
  trackLink: listener("click"),
  trackSubmit: listener("submit"),
  trackForm: listener("submit"),
  addSourceMiddleware: chained("use"),
  on: chained("on"),
  once: chained("once"),
  off: chained("off"),
  debug: chained("debug"),
  load: (writeKey, options) => selvedge.load(writeKey, options) && Promise.resolve(methods),
  // What is about integrations in the page: there are none, destinations are the edge's.
  addIntegrationMiddleware: () => methods,
  addDestinationMiddleware: () => methods,
  register: () => Promise.resolve(),
  deregister: () => Promise.resolve(),
  timeout: nothing,
};

// Whoever kept a reference to the snippet's array goes on with it.
const analytics = before ?? {};
const calls = Array.isArray(before) ? before.splice(0) : [];
window.analytics = Object.assign(analytics, methods);
if (Array.isArray(analytics)) analytics.push = (...late) => late.forEach(([method, ...args]) => methods[method]?.(...args));
for (const [method, ...args] of calls) methods[method]?.(...args);
