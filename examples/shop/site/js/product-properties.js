/** What the shop says about a product when it reports an event, in the words of the e-commerce events specification. */

/** "Heather / 42", or the colour alone for things of one size. */
export const variantName = ({ colour, size }) => [colour, size].filter(Boolean).join(" / ");

export function productProperties(catalogue, product, choice, quantity = 1) {
  const category = catalogue.categories.find(({ slug }) => slug === product.category);
  return {
    product_id: product.id,
    sku: product.sku,
    name: product.name,
    brand: product.brand,
    category: category.name,
    variant: variantName(choice),
    price: product.price,
    quantity,
    currency: catalogue.currency,
  };
}
