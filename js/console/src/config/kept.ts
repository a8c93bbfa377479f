// A draft in the memory of this tab, while its page is loaded again. It goes with the tab, and when somebody signs out.

import type { Held } from "./Drafting";

const KEY = "selvedge/draft";
let keeps = true;

/** What was kept when the page was left. */
export function kept(): Held | undefined {
  const text = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return text === null ? undefined : (JSON.parse(text) as Held);
}

export function keep(held: Held | undefined) {
  if (!held || !keeps) return;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(held));
  } catch {
    // Too large for the browser, which has asked before it left the page.
  }
}

/** Nobody who comes after has it. */
export function forget() {
  keeps = false;
}
