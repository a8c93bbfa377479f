// What a page's address asks of the tag, until its tab is closed or another address says something else.

import { kept } from "./storage.js";

export const asked = (key, said = new URLSearchParams(location.search).get(key)) =>
  kept(() => {
    if (said) sessionStorage.setItem(key, said);
    return sessionStorage.getItem(key);
  }) ?? said;

/** What stands under a key in the address, and is taken out of it: no event may carry it on. */
export const takenOut = (key) => {
  const url = new URL(location);
  const said = url.searchParams.get(key);
  if (said != null) {
    url.searchParams.delete(key);
    history.replaceState(history.state, "", url);
  }
  return said;
};
