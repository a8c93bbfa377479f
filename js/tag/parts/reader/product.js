// The product that a page describes (https://schema.org/Product), with the properties that Segment gives products.

import { itemOf, itemsIn } from "./microdata.js";
import { first, number, onlyOne, said, text } from "./schema.js";

/** Segment's properties of a product of schema.org; `undefined` for what has no name of any kind. */
export const properties = (node) => {
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
    price: number(offer.price ?? offer.lowPrice ?? price.price),
    currency: text(offer.priceCurrency ?? price.priceCurrency),
    url: text(node.url ?? offer.url),
    image_url: text(first(node.image)?.contentUrl ?? node.image),
  };
  return all.product_id || all.name ? said(all) : undefined;
};

/** The page's product; `undefined` where it describes none, or several. */
export const productOfPage = () => {
  const product = onlyOne(/(^|\/)(Product|ProductGroup|IndividualProduct|ProductModel)$/, "Product");
  return product && properties(product);
};

/** The product around an element, or in its scope, or of the page. */
export const productAt = (element, scope) => {
  const around = element.closest('[itemtype$="schema.org/Product"]') ?? (scope != document && scope && itemsIn(scope, "Product")[0]);
  return (around ? properties(itemOf(around)) : productOfPage()) ?? {};
};
