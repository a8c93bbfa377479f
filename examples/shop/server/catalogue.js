import catalogue from "../site/catalogue.json" with { type: "json" };

export { catalogue };
export const { categories, products } = catalogue;

export const productById = (id) => products.find((product) => product.id === id) ?? null;
export const categoryBySlug = (slug) => categories.find((category) => category.slug === slug) ?? null;
export const inCategory = (slug) => products.filter((product) => product.category === slug);

export const colourSlug = (name) => name.toLowerCase().replaceAll(" ", "-");
export const artPath = (product, colour = product.colours[0]) =>
  `/art/products/${product.id}/${colourSlug(colour)}.svg`;

/** Food comes in flavours, everything else in colours. */
export const colourLabel = (product) => (product.category === "nutrition" ? "Flavour" : "Colour");
export const sizeLabel = (product) => (product.art.kind === "shoe" ? "EU size" : "Size");

/** The size offered first: the middle of the range, which fits most people. */
export const usualSize = (product) => product.sizes[Math.floor(product.sizes.length / 2)] ?? null;

const SORTS = {
  "price-low": (a, b) => a.price - b.price,
  "price-high": (a, b) => b.price - a.price,
  rating: (a, b) => b.rating - a.rating || b.reviews - a.reviews,
};

function matches(product, words) {
  const text = [product.name, product.brand, product.summary, categoryBySlug(product.category).name]
    .join(" ")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Products by category slug, search words and sort order; each of the three may be null. */
export function findProducts({ category, query, sort }) {
  const words = (query ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = products.filter((product) => (!category || product.category === category) && matches(product, words));
  return Object.hasOwn(SORTS, sort ?? "") ? found.toSorted(SORTS[sort]) : found;
}
