// What the edge says in a 200 answer.

import { mint } from "./identity.js";
import * as live from "./live.js";
import * as placement from "./placement.js";
import { read, readBy } from "./reading.js";
import { rust, settings } from "./shared.js";
import { get, getJson, remove, set } from "./storage.js";

const key = () => `selvedge_config:${settings.writeKey}`;

/** What answers have said of this source: the highest `version` of the config that any named (the edge must not decide by an
 *  older one), what its `settings` for pages are, and when they came (Unix milliseconds). */
export const config = () => ({ version: 0, settings: {}, at: 0, ...getJson(key()) });

// `data-device="token"`: the edge is on another site, where browsers block its cookie. What the cookie would say is kept here.
const DEVICE = "selvedge_device_token";

/** The device token of a page that carries one; empty before the first answer. */
export const deviceToken = () => (settings.device == "token" ? (get(DEVICE) ?? "") : undefined);

/** The version by which this page was decided last; other tabs have their own. */
export let decidedBy;

/** Forgets what answers have said, with everything else the browser keeps. */
export const forget = () => {
  remove(key());
  remove(DEVICE);
};

/** Takes in what an answer says of the source. It is kept whatever the consent: it says what may be kept, and nothing of
 *  the visitor. */
export const learn = ({ configVersion: version, settings }) => {
  set(key(), JSON.stringify({ version, settings, at: Date.now() }), 1);
  read();
};

/** Takes in an answer to a request that was sent for `person`. */
export const apply = (said, person) => {
  const { configVersion, device, deviceToken, decisions } = said;
  decidedBy = configVersion;
  if (configVersion > config().version) learn(said);
  // Another tab has learned it.
  else if (configVersion != readBy) read();
  if (person != placement.person) return;
  if (deviceToken) set(DEVICE, deviceToken);
  const remedy = device == "unbound" && rust.unbound();
  if (remedy > 1) mint();
  if (remedy) rust.want();
  placement.apply(decisions || []);
  live.look();
};
