// What a page says for search engines, in JSON-LD or microdata (https://schema.org), and the words in it.

import { itemOf, itemsIn } from "./microdata.js";

export const first = (value) => [value].flat()[0];

export const text = (value) => {
  const one = first(value);
  const said = one?.name ?? one?.url ?? one?.["@id"] ?? one;
  return said == null || typeof said == "object" ? undefined : `${said}`.trim() || undefined;
};

export const number = (value) => {
  const one = first(value);
  return one != null && one !== "" && isFinite(one) ? +one : undefined;
};

/** Without what is not said. */
export const said = (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));

/** All objects in a JSON-LD document that stand for themselves: in a list, in a graph, as what a page is about. */
const nodes = (value) =>
  Array.isArray(value)
    ? value.flatMap(nodes)
    : value && typeof value == "object"
      ? [value, ...nodes(value["@graph"] ?? []), ...nodes(value.mainEntity ?? [])]
      : [];

const written = () =>
  [...document.querySelectorAll('script[type="application/ld+json"]')].flatMap(({ textContent }) => {
    try {
      return nodes(JSON.parse(textContent));
    } catch {
      return [];
    }
  });

/** The one thing of this kind that the page describes: `types`, of JSON-LD, or `type`, of microdata. Several are a list, of which nothing
 *  is said. */
export const onlyOne = (types, type) => {
  const isOne = (node) => [node?.["@type"]].flat().some((name) => types.test(name));
  for (const found of [written().filter(isOne), itemsIn(document, type).map(itemOf)])
    if (found[0]) return found[1] ? undefined : found[0];
};
