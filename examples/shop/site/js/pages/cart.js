import { track } from "../analytics.js";
import { setQuantity } from "../cart.js";
import { artPath, lineProperties, pricedLines } from "../cart-products.js";
import { element } from "../element.js";
import { money, totals } from "../pricing.js";
import { variantName } from "../product-properties.js";
import { showTotals } from "../summary.js";

const list = document.querySelector("[data-cart-lines]");
const summary = document.querySelector("[data-summary]");

async function remove(line) {
  const [properties] = await lineProperties([line]);
  track("Product Removed", properties);
  setQuantity(line, 0);
}

function quantitySelect(line) {
  const most = Math.max(6, line.quantity);
  const options = Array.from(
    { length: most },
    (_, i) => new Option(String(i + 1), String(i + 1), false, i + 1 === line.quantity),
  );
  const select = element("select", { ariaLabel: `Quantity of ${line.name}`, autocomplete: "off" }, ...options);
  select.addEventListener("change", () => setQuantity(line, Number(select.value)));
  return select;
}

function row(line) {
  const away = element(
    "button",
    { type: "button", className: "text-link", ariaLabel: `Remove ${line.name}` },
    "Remove",
  );
  away.addEventListener("click", () => remove(line));
  return element(
    "article",
    { className: "line", dataset: { line: line.id } },
    element(
      "a",
      { className: "line__plate", href: `/products/${line.id}` },
      element("img", { src: artPath(line), alt: line.name, width: 120, height: 120 }),
    ),
    element(
      "div",
      { className: "line__what" },
      element("h2", {}, element("a", { href: `/products/${line.id}` }, line.name)),
      element("p", {}, `${line.product.brand} · ${variantName(line)}`),
      element("p", { className: "line__actions" }, quantitySelect(line), away),
    ),
    element("p", { className: "line__price" }, money(line.price * line.quantity)),
  );
}

const empty = () =>
  element(
    "div",
    { className: "nothing" },
    element("p", {}, "There’s nothing in your cart yet."),
    element("a", { className: "button", href: "/products" }, "See all products"),
  );

async function show() {
  const lines = await pricedLines();
  list.replaceChildren(...(lines.length > 0 ? lines.map(row) : [empty()]));
  summary.hidden = lines.length === 0;
  showTotals(summary.querySelector("[data-totals]"), totals(lines));
}

async function report() {
  const products = await lineProperties(await pricedLines());
  if (products.length > 0) track("Cart Viewed", { currency: products[0].currency, products });
}

document.addEventListener("cart:change", show);
window.addEventListener("storage", show);
await show();
report();
