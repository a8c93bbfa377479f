// What is read off pages that nobody may change: what the source's config says happens on them (`mapping`), which links lead to the site's
// other domains, and the product that they describe in JSON-LD or microdata (`data-capture="products"`). Who reads is loaded only where there is something to read.

import { config } from "./answer.js";
import { wants } from "./capture.js";
import { captured, names } from "./event.js";
import { log, part } from "./shared.js";
import { wordFor } from "./transport.js";

/** Clicks and submits until the reader is there, as `[type, target, time]`; that then takes them over by a `push` of its own. */
const early = [];
let reader;

/** Reads by what the config says now. */
export const read = () => {
  const source = config().settings;
  const products = wants("products");
  if (!source.mapping && !source.domains && !products) early.push = () => {};
  else
    part(__READER__)
      .then((it) => (reader = it).read({ source, products, early, names, captured, log, part, ask: wordFor }))
      .catch(() => {});
};

/** Another page view begins. */
export const newView = () => {
  names.clear();
  reader?.newView();
};

export const start = () => {
  const { version } = config();
  for (const type of ["click", "submit"])
    document.addEventListener(type, ({ target }) => early.push([type, target, Date.now()]), true);
  // On a first visit the config is not known before the first answer.
  if (version || wants("products")) read();
};
