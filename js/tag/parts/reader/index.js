// Reads pages that nobody may change: what the source's mapping says happens on them, and the product or the order that they describe.
//
// A mapping is validated where it is published (engine/src/config/mapping); whether a browser can read its selectors is seen here.

import { isOnPage } from "../pages.js";
import { orderOfPage } from "./order.js";
import { productAt, productOfPage } from "./product.js";
import { valueOf } from "./value.js";

// Ways of capture: see core/event.js.
const MAPPED = 3;
const DESCRIBED = 4;

/** Milliseconds without a change of the document after which it is read. */
const QUIET = 100;

/** Milliseconds that a page's own code has to say which product is viewed, or what was ordered, before the page's description does. */
const OWN_WORD = 1000;

/** What a page may describe: how a page asks for it, the event that it is, how it is found, and the event's id where it may be told but once,
 *  however often the page is opened. */
const DESCRIPTIONS = [
  { ask: "products", event: "Product Viewed", find: productOfPage },
  { ask: "orders", event: "Order Completed", find: orderOfPage, id: ({ order_id: id }) => `order:${id}`.slice(0, 100) },
];

let tag;
/** The mapping's rules for views, and those descriptions that are asked for, until they have said something in this page view. */
let open = [];
/** By rule, what it said in this page view and in the one before: while the document still shows the last page, that is not news. */
let said = new Map();
let before = new Map();
let timer;
let began;

const propertiesOf = (rule, element) => {
  const scope = rule.within ? element.closest(rule.within) : document;
  const properties = rule.product ? productAt(element, scope) : {};
  for (const [name, property] of Object.entries(rule.properties || {})) {
    const value = valueOf(property, element, scope);
    if (value !== undefined) properties[name] = value;
  }
  return properties;
};

/** Runs a rule; one that this browser can't read is no reason to leave the others. */
const attempt = (rule, work) => {
  try {
    return work();
  } catch (error) {
    tag.log("skipped", `its mapping can't be read: ${error.message}`, rule.event, rule);
    return 1;
  }
};

/** A click or a submit. */
const happened = (type, target, time) => {
  for (const rule of tag.mapping)
    if ((rule.on || "click") == type && isOnPage(rule.pages))
      attempt(rule, () => {
        const element = target.closest?.(rule.selector);
        if (element) tag.captured(MAPPED, rule.event, propertiesOf(rule, element), undefined, time);
      });
};

/** Says what a rule has found in this page view; false while it is what the page before has shown. */
const news = (rule, properties) => {
  const text = JSON.stringify(properties);
  if (before.get(rule) == text) return false;
  said.set(rule, text);
  return true;
};

const view = (rule) =>
  attempt(rule, () => {
    const element = isOnPage(rule.pages) && document.querySelector(rule.selector);
    if (!element) return;
    const properties = propertiesOf(rule, element);
    if (news(rule, properties)) return tag.captured(MAPPED, rule.event, properties);
  });

/** What the page describes, unless its own code has said the event. `leaves`: it can't wait for that. */
const describe = (rule, leaves) => {
  const { event, find, id } = rule;
  if (tag.names.has(event)) return 1;
  const properties = find();
  if (!properties) return;
  const left = began + OWN_WORD - Date.now();
  if (left > 0 && !leaves) return void later(left);
  if (news(rule, properties)) return tag.captured(DESCRIBED, event, properties, id && { messageId: id(properties) });
};

const look = (leaves) => {
  // What is not there yet, or not whole, is looked for again when the document has changed.
  if (document.readyState != "loading" || leaves)
    open = open.filter((rule) => !(rule.find ? describe(rule, leaves == 1) : view(rule)));
};

const later = (delay) => {
  clearTimeout(timer);
  timer = setTimeout(look, delay);
};

/** Another page view begins. */
export const newView = () => {
  before = said;
  said = new Map();
  began = Date.now();
  open = tag.mapping.filter((rule) => rule.on == "view");
  open.push(...DESCRIPTIONS.filter(({ ask }) => tag.wants(ask)));
  later(QUIET);
};

const begin = () => {
  const { early } = tag;
  early.forEach((one) => happened(...one));
  early.push = (one) => happened(...one);
  new MutationObserver(() => open[0] && later(QUIET)).observe(document, { childList: true, subtree: true, characterData: true });
  document.addEventListener("DOMContentLoaded", () => later(QUIET));
  addEventListener("pagehide", () => look(1), true);
};

// An answer may bring another mapping: what has spoken in this page view doesn't speak again.

/**
 * Reads from now on by the `mapping`, and what the page describes if it `wants` that. `early` has what happened before,
 * `names` what was captured in this page view; `captured` takes an event, `log` a reason why there is none.
 */
export const read = (given) => {
  const known = new Map((tag?.mapping ?? []).map((rule) => [JSON.stringify(rule), rule]));
  const isNew = (rule) => !known.has(JSON.stringify(rule));
  const isFirst = !tag;
  tag = { ...given, mapping: given.mapping.map((rule) => known.get(JSON.stringify(rule)) ?? rule) };
  if (isFirst) {
    begin();
    newView();
  } else {
    open.push(...tag.mapping.filter((rule) => rule.on == "view" && isNew(rule)));
    later(QUIET);
  }
};
