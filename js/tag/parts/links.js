// Links to the site's other domains carry a word of the edge's, by which the visitor goes on there as who they are here. It is good for
// five minutes, and for who came from this page.

/** The parameter: core/live.js takes it out of the address on the other side. */
const PARAMETER = "selvedge_link";

/** Milliseconds for which a word is given to links: a minute less than it is good for. */
const FRESH = 240000;

/** By host, the word and when it was asked for. */
const words = new Map();

/** The link that is meant, if it leads to one of `domains`. */
const linkOf = ({ target }, domains) => {
  const link = target.closest?.("a[href]");
  return link && /^http/.test(link.protocol) && link.host != location.host && domains.includes(link.host) && link;
};

/** Looks after links to these domains from now on; `ask` asks the edge for a word for one. */
export const start = (domains, ask) => {
  const listen = (types, listener) => {
    for (const type of types)
      document.addEventListener(type, (event) => {
        const link = linkOf(event, domains);
        if (link) listener(link);
      }, { capture: true, passive: true });
  };
  // Asked for when somebody is about to click: the word has to be there when they do.
  listen(["pointerover", "pointerdown", "touchstart", "focusin"], async ({ host }) => {
    if (Date.now() - (words.get(host)?.at ?? 0) < FRESH) return;
    const asked = { at: Date.now() };
    words.set(host, asked);
    asked.word = await ask(host);
    if (!asked.word && words.get(host) == asked) words.delete(host);
  });
  listen(["click", "auxclick"], (link) => {
    const { word } = words.get(link.host) ?? {};
    if (!word) return;
    const href = link.getAttribute("href");
    const url = new URL(link.href);
    url.searchParams.set(PARAMETER, word);
    link.href = url;
    const now = link.getAttribute("href");
    // Only this click: what is copied from the page later must not carry it.
    setTimeout(() => link.getAttribute("href") == now && link.setAttribute("href", href));
  });
};
