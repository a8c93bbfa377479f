// Elements marked with `data-selvedge-event`: a click on them, or the submit of a marked form, is an event.

/** Properties that are numbers in Segment's e-commerce specification. */
const NUMBER = /^(price|quantity|position|value|revenue|total|subtotal|tax|shipping|discount|step)$/;

/** The arguments of `track`, if this click or submit means an event. */
export const marked = ({ type, target }) => {
  const element = type == "submit" ? target : target.closest?.("[data-selvedge-event]");
  const name = element?.getAttribute("data-selvedge-event");
  // A marked form means its submit; clicks on its fields mean nothing.
  if (!name || (type == "click" && element.tagName == "FORM")) return;
  const properties = {};
  // Not `element.attributes`: that is a form's field of this name, where there is one.
  for (const name of element.getAttributeNames()) {
    const value = element.getAttribute(name);
    const [, property] = /^data-selvedge-(?!event|placement|offer)(.+)/.exec(name) || [];
    const key = property?.replace(/-/g, "_");
    // Number("") is 0.
    if (key) properties[key] = NUMBER.test(key) && value.trim() && isFinite(value) ? +value : value;
  }
  // The last is what tells this way of capture from others; see core/api.js.
  return [name, properties, undefined, 0];
};
