import { track } from "../analytics.js";
import { emptyCart } from "../cart.js";
import { lineProperties, pricedLines } from "../cart-products.js";
import { clearProblems, post, showProblems } from "../form-problems.js";
import { pageData } from "../page-data.js";
import { keepOrder } from "../placed-orders.js";
import { totals } from "../pricing.js";
import { showSummary } from "../summary.js";

const form = document.querySelector("[data-checkout]");
const button = form.querySelector("button");

async function start() {
  const lines = await pricedLines();
  if (lines.length === 0) return location.replace("/cart");
  const sums = totals(lines);
  showSummary(document.querySelector("[data-summary]"), lines, sums);
  const products = await lineProperties(lines);
  track("Checkout Started", {
    value: sums.total,
    revenue: sums.subtotal,
    shipping: sums.delivery,
    currency: products[0].currency,
    products,
  });
}

async function place() {
  const { payment, ...contact } = Object.fromEntries(new FormData(form));
  const lines = (await pricedLines()).map(({ id, colour, size, quantity }) => ({ id, colour, size, quantity }));
  return post("/api/orders", { lines, contact, payment });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearProblems(form);
  button.disabled = true;
  const { ok, body } = await place();
  button.disabled = false;
  if (!ok) return showProblems(form, body.error);
  keepOrder(body.order, pageData().customer);
  emptyCart();
  location.assign("/thanks");
});

start();
