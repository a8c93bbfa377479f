import { track } from "../analytics.js";
import { loadCatalogue, pageData } from "../page-data.js";
import { productProperties } from "../product-properties.js";

const MOST_REPORTED = 24;

async function report({ list, category, query, products }) {
  if (query) track("Products Searched", { query });
  const catalogue = await loadCatalogue();
  const shown = products.slice(0, MOST_REPORTED).map((id, i) => {
    const product = catalogue.products.find((other) => other.id === id);
    const { quantity, variant, ...properties } = productProperties(catalogue, product, {});
    return { ...properties, position: i + 1 };
  });
  track("Product List Viewed", { list_id: list, ...(category && { category }), products: shown });
}

document.querySelector("[data-sort] select").addEventListener("change", (event) => event.target.form.submit());
report(pageData());
