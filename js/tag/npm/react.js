// Decisions in React: what a placement shows is rendered by React, on a server as the page's own content.

import { createElement, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { decide, on, onDecision } from "./index.js";

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
      const hear = (decision) => {
        store.decision = decision;
        for (const told of store.listeners) told();
      };
      onDecision(placement, hear);
      // Whoever comes after a log-out must not see what was another's.
      on("reset", () => hear(null));
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

/** As the tag's own policy of Trusted Types allows it: who has decided is there. */
const trusted = (html) => window.selvedge.trusted?.(html) ?? html;

/** The decision for a placement; `null` before the first, and on a server. */
export const useDecision = (placement) => {
  const { subscribe, now } = storeOf(placement);
  return useSyncExternalStore(subscribe, now, nothing);
};

/**
 * A placement as an element: its children are the page's own content. What is decided as HTML stands in their place; what is decided
 * as JSON is given to `render`. That it is seen, clicked and dismissed is counted as for any placement.
 */
export const Placement = ({ name, as = "div", render, children, ...rest }) => {
  const element = useRef(null);
  const decision = useDecision(name);
  // The visitor has dismissed it, or has logged out: the tag says so to the element.
  const [taken, setTaken] = useState(null);
  useEffect(() => {
    const { current } = element;
    const hear = ({ target, detail }) => target === current && !detail && setTaken(decision);
    current.addEventListener("selvedge:decision", hear);
    return () => current.removeEventListener("selvedge:decision", hear);
  }, [decision]);

  const content = decision === taken ? null : decision?.content;
  let shown = children;
  if (content?.type === "html")
    shown = createElement("div", { style: { display: "contents" }, dangerouslySetInnerHTML: { __html: trusted(content.html) } });
  if (content?.type === "json" && render) shown = render(content.json, decision);
  return createElement(as, { ...rest, ref: element, "data-selvedge-placement": name, "data-selvedge-painted": "" }, shown);
};
