// Decisions in React: what a placement shows is rendered by React, on a server as the page's own content.

import { createElement, useSyncExternalStore } from "react";
import { decide, onDecision } from "./index.js";

/** By placement: the newest decision, and who is told of the next. */
const stores = new Map();

const storeOf = (placement) => {
  const known = stores.get(placement);
  if (known) return known;
  const store = { decision: null, listeners: new Set() };
  store.subscribe = (listener) => {
    // Asked for once the first component is on a page: a server asks nothing.
    if (!store.isAsked) {
      store.isAsked = true;
      onDecision(placement, (decision) => {
        store.decision = decision;
        for (const told of store.listeners) told();
      });
      decide(placement);
    }
    store.listeners.add(listener);
    return () => store.listeners.delete(listener);
  };
  store.now = () => store.decision;
  stores.set(placement, store);
  return store;
};

const nothing = () => null;

/** The decision for a placement; `null` before the first, and on a server. */
export const useDecision = (placement) => {
  const { subscribe, now } = storeOf(placement);
  return useSyncExternalStore(subscribe, now, nothing);
};

const htmlOf = (decision) => (decision?.content?.type === "html" ? decision.content.html : undefined);

/**
 * A placement as an element: its children are the page's own content. What is decided as HTML stands in their place; what is decided
 * as JSON is given to `render`. That it is seen and clicked is counted as for any placement.
 */
export const Placement = ({ name, as = "div", render, children, ...rest }) => {
  const decision = useDecision(name);
  const html = htmlOf(decision);
  const json = decision?.content?.type === "json" && render;
  const attributes = { ...rest, "data-selvedge-placement": name, "data-selvedge-painted": "" };
  // A key of its own: what was set as HTML is not React's to change into children.
  if (html !== undefined) return createElement(as, { ...attributes, key: "html", dangerouslySetInnerHTML: { __html: html } });
  return createElement(as, { ...attributes, key: "own" }, json ? render(decision.content.json, decision) : children);
};
