import { productProperties } from "../site/js/product-properties.js";
import { catalogue } from "./catalogue.js";

export const propertiesOf = (product, choice, quantity) => productProperties(catalogue, product, choice, quantity);

/** Attributes that report an event when the element is clicked; `product_id` becomes `data-selvedge-product-id`. */
export function eventAttributes(event, properties) {
  const named = Object.entries(properties).map(([name, value]) => [
    `data-selvedge-${name.replaceAll("_", "-")}`,
    value,
  ]);
  return { "data-selvedge-event": event, ...Object.fromEntries(named) };
}
