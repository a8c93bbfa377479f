// What says on a page that it is a preview, until when, and how to leave it. In a shadow tree without HTML and without style elements, as the
// debug overlay: no policy of the page stands against it.

import { browser } from "../../may-store.js";
import { PREVIEW } from "../../preview-key.js";

const STYLE = `
  :host { all: initial }
  section {
    position: fixed; z-index: 2147483647; left: 50%; bottom: 16px; transform: translateX(-50%); display: flex; gap: 12px; align-items: center;
    max-width: calc(100vw - 32px); box-sizing: border-box; padding: 8px 8px 8px 16px; border-radius: 999px; background: #0b3b44; color: #fff;
    font: 14px/1.4 system-ui, sans-serif; box-shadow: 0 4px 16px #0006;
  }
  button { all: unset; cursor: pointer; padding: 4px 14px; border-radius: 999px; background: #fff; color: #0b3b44; font-weight: 600 }
  button:focus-visible { outline: 2px solid #fff; outline-offset: 2px }
`;

/** When it ends, as the token says: only the edge can tell whether it is one of its own. */
const untilOf = (token) => {
  try {
    return JSON.parse(atob(token.split(".")[0].replace(/-/g, "+").replace(/_/g, "/"))).u || 0;
  } catch {
    return 0;
  }
};

const element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

/** Shows the bar; `end` gives the page back to what is published. */
export const show = (token, end) => {
  const until = untilOf(token);
  const host = document.createElement("selvedge-preview");
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  const text = element("span", { role: "status" });
  let timer;
  const leave = () => {
    clearTimeout(timer);
    browser({}, () => sessionStorage.removeItem(PREVIEW));
    end();
  };
  const over = () => {
    leave();
    text.textContent = "The preview has ended";
    button.textContent = "Close";
    button.onclick = () => host.remove();
  };
  const button = element("button", { type: "button", onclick: () => (leave(), host.remove()) }, "Leave");
  text.textContent = `Preview, ends ${new Date(until).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
  root.append(element("section", { ariaLabel: "Selvedge preview" }, text, button));
  document.documentElement.append(host);
  // Longer than a timer can wait is no preview of ours.
  timer = setTimeout(over, Math.min(Math.max(0, until - Date.now()), 86400000));
};
