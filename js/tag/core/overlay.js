// `?selvedge_debug=1` in a page's address: what happens is shown on the page, until its tab is closed or `?selvedge_debug=0`.

import { config } from "./answer.js";
import { asked } from "./asked.js";
import { status, words } from "./consent.js";
import { base, entries, keepEntries, part, settings } from "./shared.js";

const KEY = "selvedge_debug";

export const start = () => {
  if (asked(KEY) != 1) return;
  keepEntries();
  const state = () => ({ base, status, said: words(), settings, config: config() });
  part(__OVERLAY__).then(({ show }) => show(entries, state)).catch(() => {});
};
