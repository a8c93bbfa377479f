// What a page asks for by `data-capture`: `links` (to other hosts, and downloads), `forms`, `engagement`, `errors`, `vitals`.

const FILE = /\.(pdf|zip|rar|7z|gz|docx?|xlsx?|pptx?|csv|epub|mp3|mp4|mov|dmg|exe|msi|apk)$/i;

const listen = (target, type, listener) => target.addEventListener(type, listener, { capture: true, passive: true });

/**
 * Captures what the page `wants`, by `track`; `part` loads what measures vitals. `engaged` gives the milliseconds of the page view, and
 * `alive` notes that the page is used now. Gives what ends a page view.
 */
export const start = (wants, track, part, engaged, alive) => {
  /** The farthest that the page was scrolled, as a part of its height; what was in view counts as seen. */
  let depth = 0;

  /** A page that fails over and over says so this often: what else it says needs the room. */
  let errors = 20;

  const link = ({ target }) => {
    const element = target.closest?.("a[href]");
    // A marked link has said what it means.
    if (!element || element.closest("[data-selvedge-event]")) return;
    const { protocol, host, pathname, href } = element;
    const isFile = element.hasAttribute("download") || FILE.test(pathname);
    if (/^http/.test(protocol) && (isFile || host != location.host))
      track(isFile ? "File Downloaded" : "Outbound Link Clicked", { url: href, text: element.textContent.trim().slice(0, 100) });
  };

  // Never what stands in its fields.
  const submit = ({ target, submitter }) => {
    // What the form or its button says by a mark of its own is the same action.
    if (target.hasAttribute("data-selvedge-event") || submitter?.closest("[data-selvedge-event]")) return;
    // Not as `target.method`, which is the form's field of this name where there is one.
    const [id, name, action, method = "get"] =
      ["id", "name", "action", "method"].map((attribute) => target.getAttribute(attribute) ?? undefined);
    track("Form Submitted", { form_id: id, form_name: name, action, method: method.toLowerCase() });
  };

  const error = ({ target, message, filename, lineno, reason }) => {
    // A picture that is missing is no error of the page's.
    if (target == window && errors-- > 0)
      track("Error Occurred", { message: `${message ?? reason}`.slice(0, 500), source: filename, line: lineno });
  };

  const used = () => {
    const { scrollHeight } = document.documentElement;
    depth = Math.max(depth, Math.min(1, (scrollY + innerHeight) / scrollHeight || 0));
    alive(!document.hidden);
  };

  const ways = {
    links() {
      listen(document, "click", link);
      listen(document, "auxclick", link);
    },
    forms: () => listen(document, "submit", submit),
    errors() {
      listen(window, "error", error);
      listen(window, "unhandledrejection", error);
    },
    vitals: () => part(__VITALS__).then(({ start }) => start(track)).catch(() => {}),
    engagement() {
      for (const type of ["pointermove", "pointerdown", "keydown", "scroll", "visibilitychange", "pageshow"]) listen(window, type, used);
      used();
    },
  };
  for (const way in ways) if (wants(way)) ways[way]();

  /** Ends the page view that was: how long it was looked at, and how far. */
  return () => {
    if (!wants("engagement")) return;
    const milliseconds = Math.round(engaged());
    if (milliseconds > 0) track("Page Engaged", { engaged_ms: milliseconds, scroll_depth: Math.round(depth * 100) });
    depth = 0;
  };
};
