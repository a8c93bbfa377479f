// With what the visitor came from another of the site's domains: a word of the edge's in the address (`?selvedge_link=…`), which the
// first event hands in.

import { LINK } from "../link-key.js";
import { takenOut } from "./asked.js";

let word;

export const start = () => (word = takenOut(LINK) || undefined);

/** The word, once. */
export const arrived = () => {
  const taken = word;
  word = undefined;
  return taken;
};
