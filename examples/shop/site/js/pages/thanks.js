import { track } from "../analytics.js";
import { loadCatalogue } from "../page-data.js";
import { keepLastOrder, lastOrder } from "../placed-orders.js";
import { productProperties } from "../product-properties.js";
import { showSummary } from "../summary.js";

/** Reported once per order: the page may be reloaded. */
async function report(order) {
  if (order.reported) return;
  keepLastOrder({ ...order, reported: true });
  const catalogue = await loadCatalogue();
  const products = order.lines.map((line) => {
    const product = catalogue.products.find(({ id }) => id === line.id);
    return productProperties(catalogue, product, line, line.quantity);
  });
  const { id, subtotal, delivery, total, currency } = order;
  track("Order Completed", {
    order_id: id,
    total,
    subtotal,
    revenue: subtotal,
    shipping: delivery,
    currency,
    products,
  });
}

const order = lastOrder();
if (order) {
  document.querySelector("[data-order-note]").textContent =
    `Your order ${order.id} has been placed. We pack it today and write to you when it leaves.`;
  showSummary(document.querySelector("[data-order]"), order.lines, order);
  report(order);
}
