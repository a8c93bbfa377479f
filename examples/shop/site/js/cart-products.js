/** Cart lines with their products, for display and for events. */

import { cartLines } from "./cart.js";
import { loadCatalogue } from "./page-data.js";
import { productProperties } from "./product-properties.js";

export const artPath = (line) => `/art/products/${line.id}/${line.colour.toLowerCase().replaceAll(" ", "-")}.svg`;

/** Lines as { id, colour, size, quantity, product, name, price }. A product that has left the shop is left out. */
export async function pricedLines() {
  const { products } = await loadCatalogue();
  return cartLines().flatMap((line) => {
    const product = products.find(({ id }) => id === line.id);
    return product ? [{ ...line, product, name: product.name, price: product.price }] : [];
  });
}

export async function lineProperties(lines) {
  const catalogue = await loadCatalogue();
  return lines.map((line) => productProperties(catalogue, line.product, line, line.quantity));
}
