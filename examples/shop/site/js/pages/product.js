import { track } from "../analytics.js";
import { loadCatalogue, pageData } from "../page-data.js";
import { productProperties, variantName } from "../product-properties.js";

const form = document.querySelector("[data-buy]");
const button = form.querySelector("[data-add-to-cart]");
const picture = document.querySelector("[data-product-art]");

/** The button carries the choice, for the cart and for the event alike. */
function applyChoice() {
  const colour = form.elements.colour.value ?? "";
  const chosen = form.querySelector('[name="colour"]:checked');
  const size = form.elements.size?.value;
  button.dataset.colour = colour;
  if (size) button.dataset.size = size;
  button.dataset.selvedgeVariant = variantName({ colour, size });
  button.dataset.selvedgeQuantity = form.elements.quantity.value;
  if (picture.getAttribute("src") !== chosen.dataset.art) picture.src = chosen.dataset.art;
}

async function report() {
  const catalogue = await loadCatalogue();
  const product = catalogue.products.find(({ id }) => id === pageData().product);
  const choice = { colour: button.dataset.colour, size: button.dataset.size };
  track("Product Viewed", { ...productProperties(catalogue, product, choice), value: product.price });
}

form.addEventListener("change", applyChoice);
form.addEventListener("submit", (event) => event.preventDefault());
// Browsers restore radio buttons on "back" without an event.
window.addEventListener("pageshow", applyChoice);
applyChoice();
report();
