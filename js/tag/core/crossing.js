// With what the visitor came from another of the site's domains: a word of the edge's in the address (`?selvedge_link=…`), which the
// first event hands in. An empty one says that this browser was cleared of who it is, as browsers do that give scripts a week: then
// the edge's own cookie says it.

import { LINK } from "../link-key.js";
import { takenOut } from "./asked.js";

let word;

export const start = () => (word = takenOut(LINK) || undefined);

/** Nothing that a script can read says who this is: they get a new `id`. */
export const lost = (id) => {
  word ??= "";
  return id;
};

/** The word, once. */
export const arrived = () => {
  const taken = word;
  word = undefined;
  return taken;
};
