// The product that a page describes for search engines, in JSON-LD or microdata (https://schema.org/Product), with the
// properties that Segment gives products.

import { itemOf, itemsIn } from "./microdata.js";

const first = (value) => [value].flat()[0];
const text = (value) => {
  const one = first(value);
  const said = one?.name ?? one?.url ?? one?.["@id"] ?? one;
  return said == null || typeof said == "object" ? undefined : `${said}`.trim() || undefined;
};
const number = (value) => (value != null && value !== "" && isFinite(value) ? +value : undefined);

const isProduct = (node) => [node?.["@type"]].flat().some((type) => /(^|\/)(Product|ProductGroup|IndividualProduct|ProductModel)$/.test(type));

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

/** Segment's properties of a product of schema.org. */
const properties = (node) => {
  const group = first(node.hasVariant) ?? {};
  const offer = first(node.offers ?? group.offers) ?? {};
  const price = first(offer.priceSpecification) ?? {};
  const sku = text(node.sku ?? node.productGroupID ?? group.sku);
  const all = {
    product_id: text(node.productID) ?? sku ?? text(node.mpn ?? node.gtin13 ?? node.gtin),
    sku,
    name: text(node.name),
    brand: text(node.brand),
    category: text(node.category),
    variant: text(node.color ?? node.size),
    price: number(first(offer.price ?? offer.lowPrice ?? price.price)),
    currency: text(offer.priceCurrency ?? price.priceCurrency),
    url: text(node.url ?? offer.url),
    image_url: text(first(node.image)?.contentUrl ?? node.image),
  };
  const known = Object.entries(all).filter(([, value]) => value !== undefined);
  return all.product_id || all.name ? Object.fromEntries(known) : undefined;
};

/** The page's product; `undefined` where it describes none, or several: that is a list. */
export const productOfPage = () => {
  for (const found of [written().filter(isProduct), itemsIn(document).map(itemOf)])
    if (found[0]) return found[1] ? undefined : properties(found[0]);
};

/** The product around an element, or in its scope, or of the page. */
export const productAt = (element, scope) => {
  const around = element.closest('[itemtype$="schema.org/Product"]') ?? (scope != document && scope && itemsIn(scope)[0]);
  return (around ? properties(itemOf(around)) : productOfPage()) ?? {};
};
