// One use of everything that has a type; `@ts-expect-error` marks what must not be let through.

import { alias, consent, debug, decide, group, identify, load, off, on, onDecision, once, page, reset, track, use, user } from "@selvedge/tag";
import type { DebugEntry, Decision } from "@selvedge/tag";
import { SelvedgePlacement } from "@selvedge/tag/element";
import { Placement, useDecision } from "@selvedge/tag/react";

void load("demo", { src: "/tag.js", pageViews: "hash", capture: "links products vitals", gpc: "refuse" });
// @ts-expect-error an option that is none
void load("demo", { src: "/tag.js", pageView: "hash" });

const id: Promise<string | undefined> = track("Product Added", { product_id: "p7", price: 19.9 });
void track("Anything", { n: 1 }, { timestamp: new Date() });
// @ts-expect-error a price is a number
void track("Product Added", { price: "19.90", product_id: 7 } satisfies import("@selvedge/tag").Product);
// Segment's e-commerce events: what is right passes, and what is not does not compile.
declare module "@selvedge/tag" {
  interface Product { size?: string }
  interface CommerceEvents { "Size Guide Opened": { product_id: string } }
}
const product = { product_id: "p7", price: 19.9, quantity: 2, size: "44" };
const order = { order_id: "o1", revenue: 10, tax: 2, currency: "EUR", products: [product] };
void track("Products Searched", { query: "shoe" });
void track("Product List Viewed", { list_id: "l1", products: [product] });
void track("Product List Filtered", { category: "shoes", filters: [{ type: "price", value: "0-50" }], sorts: [{ type: "price", value: "desc" }] });
void track("Promotion Viewed", { promotion_id: "spring", position: "hero" });
void track("Promotion Clicked", { promotion_id: "spring", position: 1 });
void track("Product Clicked", product);
void track("Product Viewed", { ...product, currency: "EUR", value: 19.9 });
void track("Product Added", { ...product, cart_id: "c1" });
void track("Product Removed", { product_id: "p7", cart_id: "c1" });
void track("Cart Viewed", { cart_id: "c1", products: [product] });
void track("Checkout Started", { value: 10, products: [product] });
void track("Checkout Step Viewed", { checkout_id: "k1", step: 2 });
void track("Checkout Step Completed", { step: 2, shipping_method: "DHL" });
void track("Payment Info Entered", { order_id: "o1", payment_method: "card" });
void track("Order Completed", order, { timestamp: 0 });
void track("Order Updated", order);
void track("Order Refunded", { order_id: "o1" });
void track("Order Cancelled", order);
void track("Coupon Entered", { cart_id: "c1", coupon_id: "x" });
void track("Coupon Applied", { coupon_name: "May", discount: 5 });
void track("Coupon Denied", { reason: "expired" });
void track("Coupon Removed", { coupon_id: "x" });
void track("Product Added to Wishlist", { ...product, wishlist_name: "Mine" });
void track("Product Removed from Wishlist", { ...product, wishlist_id: "w1" });
void track("Wishlist Product Added to Cart", { ...product, wishlist_id: "w1", cart_id: "c1" });
void track("Product Shared", { ...product, share_via: "email", recipient: "a friend" });
void track("Cart Shared", { cart_id: "c1", share_message: "look" });
void track("Product Reviewed", { product_id: "p7", review_id: "r1", rating: 5 });
void track("Size Guide Opened", { product_id: "p7" });
// @ts-expect-error a price is a number
void track("Product Added", { price: "19.90" });
// @ts-expect-error no such property
void track("Product Added", { prodct_id: "p7" });
// @ts-expect-error one of its products has a price that is none
void track("Cart Viewed", { products: [{ price: "19.90" }] });
// @ts-expect-error an order has an id
void track("Order Completed", { revenue: 10 });
// @ts-expect-error what was searched for
void track("Products Searched");
// @ts-expect-error a step is a number
void track("Checkout Step Viewed", { step: "2" });
// @ts-expect-error a filter is of a type
void track("Product List Filtered", { filters: ["red"] });
// @ts-expect-error a discount is a number
void track("Coupon Applied", { discount: "5" });
// @ts-expect-error a wish list has an id that is a text
void track("Product Added to Wishlist", { wishlist_id: 7 });
// @ts-expect-error what the site itself has declared
void track("Size Guide Opened", {});
// What is nobody's is free.
void track("My own", { price: "19.90", anything: [{ at: "all" }] });
void track("My own");
const name: string = "Product Added";
void track(name, { price: "19.90" });

void page("Docs", "Start", { n: 1 });
void identify("u1", { plan: "gold" }, { token: "…" });
void group(7, {});
void alias("u2");
void reset();
void consent({ analytics: true });
void decide(["hero"]).then((decisions: Decision[]) => decisions[0]?.content?.type === "html" && decisions[0].content.html);
void onDecision("hero", ({ offer }) => offer?.length);
on("track", (...args) => args.length);
once("page", () => {});
off("track", () => {});
use(({ payload, next }) => next(payload));
const known: string | null = user().anonymousId();

const title = (...entry: DebugEntry): string => {
  switch (entry[0]) {
    case "event": return String(entry[1]["type"]);
    case "request": return entry[1];
    case "answer": return `${entry[1].toFixed()} ${entry[2] && (entry[2].success ? entry[2].accepted : entry[2].code)}`;
    case "decision": return entry[1].placement;
    case "skipped": return entry[1];
    default: return entry satisfies never;
  }
};
debug(title);
debug(false);
// @ts-expect-error a listener or a boolean
debug("yes");

const element = document.createElement("selvedge-placement");
const shown: Decision | null = element.decision;
element.addEventListener("selvedge:decision", (event) => event.detail?.offer);
new SelvedgePlacement().decision?.offer;

export const Page = () => {
  const decision = useDecision("hero");
  return (
    <>
      <Placement name="hero" as="a" href="/sale" render={(json) => JSON.stringify(json)}>own {decision?.offer}</Placement>
      <selvedge-placement name="side">own</selvedge-placement>
      {/* @ts-expect-error a placement needs its name */}
      <Placement>own</Placement>
    </>
  );
};
export { id, known, shown };
