// What is read off pages that nobody may change: what the source's config says happens on them (`mapping`), and the product
// that they describe in JSON-LD or microdata (`data-capture="products"`). Who reads is loaded only where there is something to read.

import { config } from "./answer.js";
import { wants } from "./capture.js";
import { captured, names } from "./event.js";
import { log, part } from "./shared.js";

/** Clicks and submits until the reader is there, as `[type, target, time]`; that then takes them over by a `push` of its own. */
const early = [];
let reader;

const mapping = () => config().settings.mapping || [];

/** Reads by what the config says now. */
export const read = () => {
  if (!mapping()[0] && !wants("products")) early.push = () => {};
  else
    part(__READER__)
      .then((part) => (reader = part).read({ mapping: mapping(), products: wants("products"), early, names, captured, log }))
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
