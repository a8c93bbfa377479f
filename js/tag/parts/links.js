// Links to the site's other domains carry a word of the edge's, by which the visitor goes on there as who they are here. It is good for
// five minutes, and for who came from this page.

import { LINK } from "../link-key.js";

/** Milliseconds for which a word is given to links: a minute less than it is good for. */
const FRESH = 240000;

/** Milliseconds after which one is asked for again that could not be had, twice as many each time. */
const AGAIN = 2000;

/** By host, the word, when the next may be asked for, and how often it was asked for in vain. */
const words = new Map();

/** The domains that links lead to. */
let known;

/** The link that is meant, if it leads to one of the domains. */
const linkOf = ({ target }) => {
  const link = target.closest?.("a[href]");
  return link && /^http/.test(link.protocol) && link.host != location.host && known.includes(link.host) && link;
};

/** Looks after links to these domains from now on; `ask` asks the edge for a word for one, and gives false where that may not be. */
export const start = (domains, ask) => {
  const isFirst = !known;
  known = domains;
  if (!isFirst) return;
  const listen = (types, listener) => {
    for (const type of types)
      document.addEventListener(type, (event) => {
        const link = linkOf(event);
        if (link) listener(link);
      }, { capture: true, passive: true });
  };
  // Asked for when somebody is about to click: the word has to be there when they do.
  listen(["pointerover", "pointerdown", "touchstart", "focusin"], async ({ host }) => {
    const { next = 0, failures = 0 } = words.get(host) ?? {};
    if (Date.now() < next) return;
    const asked = { next: Date.now() + FRESH, failures: 0 };
    words.set(host, asked);
    const word = await ask(host);
    if (word) asked.word = word;
    else if (word === false) words.delete(host);
    else Object.assign(asked, { next: Date.now() + Math.min(FRESH, AGAIN * 2 ** failures), failures: failures + 1 });
  });
  listen(["click", "auxclick"], (link) => {
    const { word } = words.get(link.host) ?? {};
    if (!word) return;
    const href = link.getAttribute("href");
    const url = new URL(link.href);
    url.searchParams.set(LINK, word);
    link.href = url;
    const now = link.getAttribute("href");
    // Only this click: what is copied from the page later must not carry it.
    setTimeout(() => link.getAttribute("href") == now && link.setAttribute("href", href));
  });
};
