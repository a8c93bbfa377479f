// The value of one property: what an element says, as text or as a number.

/** Characters of a text that are taken. */
const LONGEST = 500;

/** Of fields only those that the visitor does not write in. */
const isChosen = ({ tagName, type }) => tagName == "SELECT" || /^(number|range|hidden)$/.test(type);

const textOf = (element) => (isChosen(element) ? element.value : element.textContent);

/** A number as people write it: the last of "." and "," is a decimal point if one or two digits follow, or more than three. */
export const numberOf = (text) => {
  const [digits] = /-?\d[\d.,'’\s]*/.exec(text) || [];
  if (!digits) return;
  const [, whole, part = 0] = /^(.*?)(?:[.,](\d{1,2}|\d{4,}))?\D*$/s.exec(digits);
  return +`${whole.replace(/[^\d-]/g, "")}.${part}`;
};

/** The element in here, or this itself. */
const find = (scope, selector) => (scope?.matches?.(selector) ? scope : scope?.querySelector(selector));

/** What a mapping's property finds, from its element and within `scope`; `undefined` if nothing is there. */
export const valueOf = ({ value, selector, attribute, number }, element, scope) => {
  if (value !== undefined) return value;
  const found = selector ? find(scope, selector) : element;
  const text = found && (attribute ? found.getAttribute(attribute) : textOf(found))?.replace(/\s+/g, " ").trim().slice(0, LONGEST);
  if (!text) return;
  // An attribute's number may be written for machines.
  return number ? (attribute && isFinite(text) ? +text : numberOf(text)) : text;
};
