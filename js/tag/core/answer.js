// What the edge says in a 200 answer.

import { mint } from "./identity.js";
import * as placement from "./placement.js";
import { rust } from "./shared.js";
import { get, remove, set } from "./storage.js";

const VERSION = "selvedge_config_version";

/** The highest config version any answer named, 0 before the first: the edge must not decide by an older one. */
export const version = () => +get(VERSION) || 0;

/** Forgets the config version with everything else the browser keeps. */
export const forget = () => remove(VERSION);

/** Takes in an answer to a request that was sent for `person`. */
export const apply = ({ configVersion, device, decisions }, person) => {
  if (configVersion > version()) set(VERSION, `${configVersion}`);
  if (person != placement.person) return;
  if (device == "unbound" && rust.unbound()) {
    mint();
    rust.want();
  }
  placement.apply(decisions || []);
};
