// A draft in the memory of this tab, while its page is loaded again, with whose it is. It goes with the tab, and when somebody signs out.

import type { Held } from "./Drafting";

interface Kept {
  owner: string;
  held: Held | undefined;
}

const KEY = "selvedge/draft";

/** What was kept when the page was left. */
export function kept(): Kept | undefined {
  const text = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return text === null ? undefined : (JSON.parse(text) as Kept);
}

export function keep({ owner, held }: Kept) {
  if (!held) return;
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ owner, held }));
  } catch {
    // Too large for the browser, which has asked before it left the page.
  }
}
