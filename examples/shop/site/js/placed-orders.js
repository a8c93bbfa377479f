/** Orders placed in this browser: the last one for the thank-you page, a customer's for the account page. */

import { readStored, writeStored } from "./storage.js";

const LAST = "larkfell-last-order";
const PLACED = "larkfell-orders";
const MOST_KEPT = 20;

export const lastOrder = () => readStored("sessionStorage", LAST);
export const keepLastOrder = (order) => writeStored("sessionStorage", LAST, order);

export const ordersOf = (customer) =>
  (readStored("localStorage", PLACED) ?? []).filter((order) => order.customer === customer);

export function keepOrder(order, customer) {
  keepLastOrder(order);
  if (!customer) return;
  const items = order.lines.map(({ name, quantity }) => (quantity > 1 ? `${name} × ${quantity}` : name)).join(", ");
  const { id, placedAt, total } = order;
  writeStored(
    "localStorage",
    PLACED,
    [{ customer, id, placedAt, items, total }, ...(readStored("localStorage", PLACED) ?? [])].slice(0, MOST_KEPT),
  );
}
