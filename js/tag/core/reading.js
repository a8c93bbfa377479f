// What is read off pages that nobody may change: what the source's config says happens on them (`mapping`), which links lead to the site's
// other domains, and the product or the order that they describe in JSON-LD or microdata (`data-capture="products orders"`). Who reads is loaded only where there is something to read.

import { config } from "./answer.js";
import { wants } from "./capture.js";
import { captured, names } from "./event.js";
import { log, part } from "./shared.js";
import { wordFor } from "./transport.js";

/** Clicks and submits until the reader is there, as `[type, target, time]`; that then takes them over by a `push` of its own. */
const early = [];
let reader;

/** The version of the config that this page reads by. */
export let readBy;

/** What happens is not kept for a reader: there is none to come. */
const letGo = () => (early.push = () => {});

/** Reads by what the config says now. */
export const read = () => {
  const { version, settings: { mapping = [], domains } } = config();
  readBy = version;
  if (domains?.[0]) part(__LINKS__).then(({ start }) => start(domains, wordFor)).catch(() => {});
  if (mapping[0] || wants("products|orders") || reader)
    part(__READER__)
      .then((it) => (reader = it).read({ mapping, wants, early, names, captured, log }))
      .catch(letGo);
  else letGo();
};

/** Another page view begins. */
export const newView = () => {
  names.clear();
  reader?.newView();
};

export const start = () => {
  for (const type of ["click", "submit"])
    document.addEventListener(type, ({ target }) => early.push([type, target, Date.now()]), true);
  // On a first visit the config is not known before the first answer.
  if (config().version || wants("products|orders")) read();
};
