// What a shop says to Google Analytics 4, by `dataLayer.push` or `gtag`, said to Segment's e-commerce specification.

import { run } from "./api.js";
import { captured } from "./event.js";
import { userId } from "./identity.js";

/** GA4's events by Segment's; those that are about one product, of which a push may name several; those about promotions. */
const PRODUCT = {
  select_item: "Product Clicked",
  view_item: "Product Viewed",
  add_to_cart: "Product Added",
  remove_from_cart: "Product Removed",
  add_to_wishlist: "Product Added to Wishlist",
};
const PROMOTION = { view_promotion: "Promotion Viewed", select_promotion: "Promotion Clicked" };
const WHOLE = {
  view_item_list: "Product List Viewed",
  view_cart: "Cart Viewed",
  begin_checkout: "Checkout Started",
  add_shipping_info: "Checkout Step Completed",
  add_payment_info: "Payment Info Entered",
  purchase: "Order Completed",
  refund: "Order Refunded",
  search: "Products Searched",
  login: "Signed In",
  sign_up: "Signed Up",
  generate_lead: "Lead",
};

/** Names of theirs that have another one here. */
const NAMES = {
  item_id: "product_id", item_name: "name", item_brand: "brand", item_variant: "variant",
  item_list_id: "list_id", item_list_name: "category", index: "position", transaction_id: "order_id", search_term: "query",
  promotion_name: "name", creative_name: "creative", creative_slot: "position", shipping_tier: "shipping_method",
  payment_type: "payment_method", items: "products",
};

/** Shops send numbers as text. */
const NUMBER = /^(price|quantity|value|tax|shipping|discount|index|revenue)$/;

const LAYER = 1;

const renamed = (given) => {
  const properties = {};
  // Levels of one category: `Apparel/Shoes`.
  const levels = [];
  for (const [name, value] of Object.entries(given || {})) {
    const number = NUMBER.test(name) && value !== "" && isFinite(value);
    if (/^item_category\d?$/.test(name)) levels[name[13] || 1] = value;
    else properties[NAMES[name] ?? name] = name == "items" ? [value].flat().map(renamed) : number ? +value : value;
  }
  if (levels[1]) {
    // A product may stand in a list, whose name is another thing than its category.
    if (properties.category) properties.list_name = properties.category;
    properties.category = levels.filter(Boolean).join("/");
  }
  return properties;
};

/** The user id that the page has told Google: with an event, in a push of its own, by `gtag("set", …)` or `gtag("config", …)`. */
let user;

/** Says what an event means by `say(name, properties)`. */
const meant = (event, given, say) => {
  const { products = [], ...properties } = renamed(given);
  if (PRODUCT[event])
    for (const product of products) say(PRODUCT[event], { currency: properties.currency, ...product });
  else if (PROMOTION[event])
    for (const promotion of products[0] ? products : [{}]) say(PROMOTION[event], { ...properties, ...promotion });
  else if (WHOLE[event]) {
    if (given.items) properties.products = products;
    // Their value of an order is what Segment's `revenue` and `total` are.
    if (properties.order_id) properties.total = properties.revenue = properties.value;
    say(WHOLE[event], properties);
  }
};

/** Hears one push: an object with an event, or the arguments of `gtag`; before or at `time`. `isOld`: nobody knows how long before. */
export const heard = (item, isOld, time, page) => {
  try {
    const { event, ecommerce, ...rest } = item;
    const [verb, name, given = {}] = item[0] ? [item[0], item[1], item[2]] : ["event", event, { ...rest, ...ecommerce }];
    user = given.user_id ?? name?.user_id ?? user;
    if (verb != "event") return;
    if (/^(login|sign_up)$/.test(name) && user && user != userId()) run("identify", [user], time, page);
    meant(name, given, (name, properties) => captured(LAYER, name, properties, undefined, time, page, isOld));
  } catch {}
};
