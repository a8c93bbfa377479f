// Microdata, as far as products and orders need it: https://html.spec.whatwg.org/multipage/microdata.html

/** The items of a type in here that are not part of another one. */
export const itemsIn = (scope, type) =>
  [...scope.querySelectorAll(`[itemscope][itemtype$="schema.org/${type}"]`)].filter(
    (element) => !element.hasAttribute("itemprop"),
  );

const urlOf = (element, attribute) => element.getAttribute(attribute) && element[attribute];

/** What an element with `itemprop` says. */
const said = (element) =>
  element.hasAttribute("itemscope")
    ? itemOf(element)
    : (element.getAttribute("content") ?? urlOf(element, "href") ?? urlOf(element, "src") ?? element.getAttribute("value") ??
      element.textContent.trim());

/** The item as JSON-LD would have it: what is said several times is a list. */
export const itemOf = (item) => {
  const object = {};
  for (const element of item.querySelectorAll("[itemprop]"))
    if (element.parentElement.closest("[itemscope]") == item)
      for (const name of element.getAttribute("itemprop").split(/\s+/)) object[name] = name in object ? [object[name], said(element)].flat() : said(element);
  return object;
};
