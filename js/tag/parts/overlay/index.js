// `?selvedge_debug=1`: events, answers and decisions as they come, and why there are none, on the page itself. Everything is in a
// shadow tree, made without HTML and without style elements: no policy of the page stands against it, and no style of it changes it.

import { findings } from "./findings.js";
import { sheet } from "./style.js";

/** Entries that are shown. */
const KEPT = 200;

/** Milliseconds after which is looked again at what holds: a consent platform, the page and the visitor change it without a word. */
const LOOK = 250;

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

const parsed = (value) => {
  if (typeof value != "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

const json = (value) => (typeof value == "string" ? value : JSON.stringify(value, null, 1)) ?? "";

/** One line for each kind of entry: what it is about. See `DebugEntry` in npm/index.d.ts. */
const titles = {
  event: (event) => `${event.type} ${event.event ?? event.name ?? ""}`,
  request: (body) => {
    const { batch = [], decide } = parsed(body);
    return `${batch.length} events${decide ? `, asks for ${decide.placements.join(", ")}` : ""}`;
  },
  answer(status, said) {
    if (!said) return status ? `${status}, not by the edge: kept` : "none: kept";
    return `${status}: ${said.code ?? `${said.accepted} accepted, ${said.duplicate} known, ${said.rejected} rejected`}`;
  },
  decision: ({ placement, offer, reason }) => `${placement}: ${offer ?? "nothing"} (${reason})`,
  skipped: (why, what) => `${typeof what == "string" ? what : ""}: ${why}`,
};

const line = ([kind, ...details]) =>
  element(
    "details",
    { className: kind },
    element("summary", {}, element("b", {}, kind), ` ${titles[kind]?.(...details) ?? ""}`),
    element("pre", {}, details.map(parsed).map(json).join("\n")),
  );

/** Shows what was said so far, and what is said from now on. `state` gives what holds now. */
export const show = (entries, state) => {
  const host = document.createElement("selvedge-debug");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet()];
  const list = element("div", { className: "entries" });
  const why = element("ul");
  const panel = element("section", { ariaLabel: "Selvedge" },
    element("header", {},
      element("b", {}, "Selvedge"),
      element("button", { onclick: () => panel.toggleAttribute("closed"), ariaLabel: "fold" }, "–"),
      element("button", { onclick: () => close(), ariaLabel: "close" }, "×"),
    ), why, list);
  root.append(panel);

  let known;
  const look = () => {
    const found = findings(state());
    const text = found.join("\n");
    // What stays is left alone: somebody may be copying it.
    if (text == known) return;
    known = text;
    why.replaceChildren(...found.map((finding) => element("li", {}, finding)));
  };
  const add = (entry) => {
    list.prepend(line(entry));
    while (list.children.length > KEPT) list.lastChild.remove();
  };
  entries.forEach(add);
  entries.length = 0;
  entries.push = add;
  look();
  const looking = setInterval(look, LOOK);
  const close = () => {
    clearInterval(looking);
    host.remove();
  };
  document.documentElement.append(host);
};
