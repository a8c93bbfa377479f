// The public API: what pages call on `window.selvedge`.

import * as consent from "./consent.js";
import { heard } from "./data-layer.js";
import { captured, record } from "./event.js";
import { anonymousId, forgetUser, mint, remember, traits, userId } from "./identity.js";
import { emit, middlewares, off, on, once } from "./listeners.js";
import { opened, view } from "./page-view.js";
import { decide, forgetDecisions, onDecision, trusted } from "./placement.js";
import { rust, settings } from "./shared.js";
import { wake } from "./transport.js";

// Ways of capture, beside those that `core/` has: an element that says what it means (../loader.js), and a call of the page's.
const MARKED = 0;
const CALL = 2;

const isObject = (value) => typeof value == "object" && value;
const object = (value) => isObject(value) || {};
// Shops number their customers: 42 is a user id as well as "42".
const id = (value) => (value == null ? undefined : `${value}`);

/** `f(name, properties, …)` or `f(properties, …)`. */
const named = (args) => (typeof args[0] == "string" ? args : [undefined, ...args]);

// Each is given the call's arguments, its time, and, if it was made on an earlier page, that page.
const calls = {
  opened: (args, time, page) => opened(time, page),

  track([name, properties, options, way], time, page) {
    if (typeof name == "string") return captured(way == MARKED ? way : CALL, name, object(properties), options, time, page);
  },

  page(args, time, page) {
    // Segment's has a category ahead of the name.
    if (typeof args[1] == "string") args = [args[1], { category: args[0], ...args[2] }, args[3]];
    const [name, properties, options] = named(args);
    return view(name, properties, options, time, page);
  },

  screen: ([name, properties, options], time, page) =>
    record("screen", { name, properties: object(properties) }, options, time, page),

  /** `identify(userId, traits, {token})` or `identify(traits)`. */
  identify(args, time, page) {
    const [user, given, options] = isObject(args[0]) ? [undefined, ...args] : args;
    const traits = object(given);
    if (consent.status != consent.DENIED && remember(id(user), traits)) forgetDecisions();
    rust.want();
    const context = options?.token ? { ...options.context, identityToken: options.token } : options?.context;
    return record("identify", { traits }, { ...options, context }, time, page);
  },

  group([groupId, traits, options], time, page) {
    return record("group", { groupId: id(groupId), traits: object(traits) }, options, time, page);
  },

  /** `alias(to, from)`: the user `to` is whom `from`, or this browser, was known as. */
  alias([to, from, options], time, page) {
    const previousId = id(from) ?? userId() ?? anonymousId();
    return record("alias", { userId: id(to), previousId }, options, time, page);
  },

  /** The visitor logged out: whoever comes next is somebody else, and what this one was shown is taken back at once. */
  reset() {
    forgetUser();
    mint();
    forgetDecisions();
    rust.want();
    wake();
  },

  consent: ([given], time) => consent.update(given, time),
  decide: ([placements]) => decide(placements),
  onDecision: ([placement, listener]) => onDecision(placement, listener),
  on: ([name, listener]) => on(name, listener),
  off: (args) => off(...args),
  once: (args) => once(...args),
  use: (args) => void middlewares.push(...args),
  debug: ([wanted = true]) => void (settings.debug = wanted),
  heard: ([item, isOld], time, page) => heard(item, isOld, time, page),
};

/** Runs one call. Gives its promise, or for `on`, `off`, `once`, `use` the API itself, as Segment does. */
export const run = (method, args, time, page) => {
  emit(method, args);
  return calls[method](args, time, page);
};

const CHAINED = /^(on|off|once|use|debug)$/;

/** The methods that pages call. */
export const methods = {
  trusted,
  user: () => ({ id: () => userId() ?? null, anonymousId, traits }),
};
// `opened` is the loader's own.
for (const method of Object.keys(calls).slice(1))
  methods[method] = function (...args) {
    const result = run(method, args, Date.now());
    return CHAINED.test(method) ? this : (result ?? Promise.resolve());
  };
