// What a shop says to Google Analytics 4, by `dataLayer.push` or `gtag`, said to Segment's e-commerce specification.

import { run } from "./api.js";
import { captured, newId } from "./event.js";
import { userId } from "./identity.js";

/** GA4's events by Segment's. */
const SAID = {
  view_item_list: "Product List Viewed",
  select_item: "Product Clicked",
  view_item: "Product Viewed",
  add_to_cart: "Product Added",
  remove_from_cart: "Product Removed",
  add_to_wishlist: "Product Added to Wishlist",
  view_promotion: "Promotion Viewed",
  select_promotion: "Promotion Clicked",
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

/** Names of theirs that have another one here; of others that begin with `item_` the rest is what they are called here. */
const NAMES = {
  item_id: "product_id", index: "position", transaction_id: "order_id", search_term: "query", promotion_name: "name",
  creative_name: "creative", creative_slot: "position", shipping_tier: "shipping_method", payment_type: "payment_method", items: "products",
};

/** Shops send numbers as text. */
const NUMBER = /^(price|quantity|value|tax|shipping|discount|index|revenue)$/;

const LAYER = 1;

const list = (given) => [given].flat();

/** What is said, by the names of here; of it what is `wanted`. */
const renamed = (given, wanted = /./) => {
  const properties = {};
  // Levels of one category: `Apparel/Shoes`.
  const levels = [];
  for (const [name, value] of Object.entries(given || {}).filter(([name]) => wanted.test(name))) {
    const number = NUMBER.test(name) && value !== "" && isFinite(value);
    if (/^item_category\d?$/.test(name)) levels[name[13] || 1] = value;
    else properties[NAMES[name] ?? name.replace(/^item_/, "")] = name == "items" ? list(value || []).map((item) => renamed(item)) : number ? +value : value;
  }
  if (levels[1]) properties.category = levels.filter(Boolean).join("/");
  return properties;
};

/** The user id that the page has told Google: with an event, in a push of its own, by `gtag("set", …)` or `gtag("config", …)`. */
let user;

/** Says what an event, called `name` here, means: gives the properties of each event that it is. */
const meant = (name, given) => {
  const properties = renamed(given);
  const { products = [], currency, list_id, list_name, value, tax, shipping } = properties;
  // Of one product, of which a push may name several.
  if (/^Product (?!List)/.test(name)) return products.map((product) => ({ currency, list_id, list_name, ...product }));
  if (/^Promo/.test(name)) {
    // Beside it may stand the products of a promotion; each says of it the same.
    const said = list(given.items).map((item) =>
      JSON.stringify({ ...properties, products: undefined, ...renamed(item, /^(promotion|creative)_/) }));
    return [...new Set(said)].map(JSON.parse);
  }
  // Segment's specification has a list's name there.
  properties.category ||= list_name;
  // Their value of an order is without tax and shipping.
  if (properties.order_id && typeof value == "number") {
    properties.revenue = value;
    properties.total = +(value + (+tax || 0) + (+shipping || 0)).toFixed(4);
  }
  return [properties];
};

/** Hears one push: an object with an event, or the arguments of `gtag`; before or at `time`. `isOld`: nobody knows how long before. */
export const heard = (item, isOld, time, page) => {
  try {
    const { event, ecommerce, ...rest } = item;
    const [verb, name, given = {}] = item[0] ? Object.values(item) : ["event", event, { ...rest, ...ecommerce }];
    user = given.user_id ?? name?.user_id ?? user;
    const called = verb == "event" && SAID[name];
    if (!called) return;
    if (/^Signed/.test(called) && user && user != userId()) run("identify", [user], time, page);
    const id = newId();
    meant(called, given).forEach((properties, at) =>
      captured(LAYER, called, properties, { messageId: `${id}#${at}` }, time, page, isOld));
  } catch {}
};
