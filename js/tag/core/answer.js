// What the edge says in a 200 answer.

import { mint } from "./identity.js";
import * as placement from "./placement.js";
import { rust, settings } from "./shared.js";
import { get, remove, set } from "./storage.js";

const VERSION = "selvedge_config_version";

/** The highest config version any answer named, 0 before the first: the edge must not decide by an older one. */
export const version = () => +get(VERSION) || 0;

// `data-device="token"`: the edge is on another site, where browsers block its cookie. What the cookie would say is kept here.
const DEVICE = "selvedge_device_token";

/** The device token of a page that carries one; empty before the first answer. */
export const deviceToken = () => (settings.device == "token" ? (get(DEVICE) ?? "") : undefined);

/** Forgets what answers have said, with everything else the browser keeps. */
export const forget = () => {
  remove(VERSION);
  remove(DEVICE);
};

/** Takes in an answer to a request that was sent for `person`. */
export const apply = ({ configVersion, device, deviceToken, decisions }, person) => {
  if (configVersion > version()) set(VERSION, `${configVersion}`);
  if (person != placement.person) return;
  if (deviceToken) set(DEVICE, deviceToken);
  if (device == "unbound" && rust.unbound()) {
    mint();
    rust.want();
  }
  placement.apply(decisions || []);
};
