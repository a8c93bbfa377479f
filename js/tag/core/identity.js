// Who this is: the anonymous id of the browser, and the user id and traits of the last `identify`.

import { lost } from "./crossing.js";
import { settlePending } from "./queue.js";
import { rust } from "./shared.js";
import { uuid } from "./random.js";
import { get, getJson, isPersistent, kept, remove, set } from "./storage.js";

const ANONYMOUS_ID = "selvedge_anonymous_id";
const USER_ID = "selvedge_user_id";
const TRAITS = "selvedge_traits";

const setCookie = (value, age) => {
  const secure = location.protocol == "https:" ? ";secure" : "";
  kept(() => (document.cookie = `${ANONYMOUS_ID}=${value};max-age=${age};path=/;samesite=lax${secure}`));
};

const fromCookie = () => kept(() => /(?:^|; )selvedge_anonymous_id=([^;]+)/.exec(document.cookie)?.[1]);

/** Writes the cookie that lets the site's own server use the same anonymous id. */
export const writeCookie = () => {
  const id = isPersistent() && get(ANONYMOUS_ID);
  if (id) setCookie(id, 31536000);
};

const keep = (id) => {
  set(ANONYMOUS_ID, id);
  writeCookie();
  return id;
};

/**
 * Sees that there is an anonymous id. Two tabs on a first visit must not mint two: one would be bound to the device, and what
 * the other did would be another's. They take turns, and the cookie tells the second at once what the first has minted;
 * localStorage takes its time between processes. A page that is left meanwhile waits no longer: what it says would be lost.
 */
export const start = async () => {
  const minted = isPersistent() && !get(ANONYMOUS_ID) && navigator.locks?.request("selvedge:id", anonymousId).catch(() => {});
  if (minted) await Promise.race([minted, new Promise((left) => addEventListener("pagehide", left))]);
  // Some browsers keep a script's cookie for a week only, counted from when it was written.
  writeCookie();
};

/** Replaces the anonymous id by a fresh one. */
export const mint = () => {
  settlePending();
  return keep(uuid());
};

/** The browser's anonymous id: from localStorage, else from the cookie (a server or another tab may have set it first),
 *  else a new one. Read each time, because another tab may have changed it. */
export const anonymousId = () => get(ANONYMOUS_ID) || keep(fromCookie() || lost(uuid()));

/** The user id of the last `identify`, until `reset`. */
export const userId = () => get(USER_ID);

/** The traits given for this user so far. */
export const traits = () => getJson(TRAITS, {});

/** Forgets user id and traits. */
export const forgetUser = () => {
  settlePending();
  remove(USER_ID);
  remove(TRAITS);
};

/** Forgets everything that could recognise this browser. */
export const forgetAll = () => {
  forgetUser();
  remove(ANONYMOUS_ID);
  remove("selvedge_session");
  setCookie("", 0);
};

/** Remembers a user and adds to the traits. True when another person was here before. */
export const remember = (user, given) => {
  settlePending();
  const known = userId();
  const switched = rust.other(user != null, known != null, known == user);
  if (switched) {
    forgetUser();
    mint();
  }
  if (user != null) set(USER_ID, user);
  set(TRAITS, JSON.stringify({ ...traits(), ...given }));
  return switched;
};
