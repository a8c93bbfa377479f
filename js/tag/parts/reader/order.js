// The order that a page confirms (https://schema.org/Order), with the properties that Segment gives orders.

import { properties } from "./product.js";
import { first, number, onlyOne, said, text } from "./schema.js";

/** What is not ordered, or not any more. */
const NONE = /(Cancelled|Returned|Problem|PaymentDue)$/;

/** One line: an offer or an item of an order around its product, or the product itself. */
const line = (node) => {
  const product = properties(first(node.itemOffered ?? node.orderedItem) ?? node);
  const price = first(node.priceSpecification) ?? node;
  const quantity = node.orderQuantity ?? node.eligibleQuantity;
  return product && { ...product, ...said({ price: number(price.price), quantity: number(first(quantity)?.value ?? quantity), currency: text(price.priceCurrency) }) };
};

/** The page's order; `undefined` where it confirms none that has a number, or several. */
export const orderOfPage = () => {
  const order = onlyOne(/(^|\/)Order$/, "Order");
  const id = order && text(order.orderNumber ?? order.confirmationNumber);
  if (!id || NONE.test(text(order.orderStatus))) return;
  const due = first(first(order.partOfInvoice)?.totalPaymentDue) ?? {};
  const price = first(order.priceSpecification) ?? {};
  const products = [order.acceptedOffer ?? order.orderedItem ?? []].flat().map(line).filter(Boolean);
  return said({
    order_id: id,
    total: number(order.price ?? price.price ?? due.price ?? due.value),
    discount: number(order.discount),
    coupon: text(order.discountCode),
    currency: text(order.priceCurrency ?? price.priceCurrency ?? due.priceCurrency ?? due.currency),
    products: products[0] ? products : undefined,
  });
};
