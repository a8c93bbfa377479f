/** The list of what is ordered and what it costs, on the cart, checkout and thank-you pages. */

import { artPath } from "./cart-products.js";
import { element } from "./element.js";
import { money } from "./pricing.js";
import { variantName } from "./product-properties.js";

const row = (line) =>
  element(
    "div",
    { className: "summary__line" },
    element("img", { src: artPath(line), alt: "", width: 56, height: 56 }),
    element(
      "p",
      {},
      element("b", {}, line.name),
      ` ${variantName(line)}${line.quantity > 1 ? ` × ${line.quantity}` : ""}`,
    ),
    element("span", {}, money(line.price * line.quantity)),
  );

const amount = (name, value, className = "") => [
  element("dt", { className }, name),
  element("dd", { className }, value),
];

export function showTotals(container, { subtotal, delivery, total }) {
  container.replaceChildren(
    ...amount("Subtotal", money(subtotal)),
    ...amount("Delivery", delivery === 0 ? "Free" : money(delivery)),
    ...amount("Total", money(total), "summary__total"),
  );
}

export function showSummary(container, lines, sums) {
  container.querySelector("[data-summary-lines]").replaceChildren(...lines.map(row));
  showTotals(container.querySelector("[data-totals]"), sums);
  container.hidden = false;
}
