/** A tagged template that escapes what is put into it. */

class Markup {
  constructor(text) {
    this.text = text;
  }
  toString() {
    return this.text;
  }
}

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text) => String(text).replace(/[&<>"']/g, (character) => ESCAPES[character]);

function render(value) {
  if (value === null || value === undefined || value === false) return "";
  if (Array.isArray(value)) return value.map(render).join("");
  return value instanceof Markup ? value.text : escape(value);
}

/** Text that is known to be safe markup already. */
export const raw = (text) => new Markup(text);

/** Values are escaped; nested markup and arrays of it are not; null, undefined and false leave nothing. */
export const html = (strings, ...values) =>
  new Markup(strings.reduce((out, string, i) => out + render(values[i - 1]) + string));

/** `name="value"` pairs; true gives a bare attribute; null, undefined and false leave the attribute out. */
export function attributes(pairs) {
  const written = Object.entries(pairs)
    .filter(([, value]) => value !== null && value !== undefined && value !== false)
    .map(([name, value]) => (value === true ? name : `${name}="${escape(value)}"`));
  return new Markup(written.join(" "));
}

/** Data for the page's own scripts. `<` is escaped so that the data can't close the element. */
export const jsonData = (id, data) =>
  new Markup(`<script type="application/json" id="${id}">${JSON.stringify(data).replaceAll("<", "\\u003c")}</script>`);
