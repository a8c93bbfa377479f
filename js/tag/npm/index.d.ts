/** Attributes of the tag's script element, by their names in `camelCase`; see the README. */
export interface Options {
  endpoint?: string;
  assets?: string;
  credentials?: "same-origin" | "include";
  device?: "token";
  storage?: "none";
  consent?: "required" | "cmp" | "place";
  gpc?: "refuse";
  dnt?: "refuse";
  pageViews?: "manual" | "hash";
  offers?: "last";
  live?: boolean;
  /** Any of `links`, `forms`, `engagement`, `errors`, `products`, `orders`, `vitals`, separated by spaces. */
  capture?: string;
  wasm?: "never";
  debug?: boolean;
}

/** What goes with one event. */
export interface EventOptions {
  /** At most 100 characters. Told twice under one id, by whomever, an event counts once. */
  messageId?: string;
  timestamp?: string | number | Date;
  context?: Record<string, unknown>;
  integrations?: Record<string, unknown>;
}

export type Properties = Record<string, unknown>;
export type Traits = Record<string, unknown>;

// Segment's e-commerce specification, v2. A site that says more declares it:
// `declare module "@selvedge/tag" { interface Product { size?: string } }`.

export interface Product {
  product_id?: string;
  sku?: string;
  category?: string;
  name?: string;
  brand?: string;
  variant?: string;
  price?: number;
  quantity?: number;
  coupon?: string;
  position?: number;
  url?: string;
  image_url?: string;
  currency?: string;
  value?: number;
}

export interface ProductList {
  list_id?: string;
  category?: string;
  products?: Product[];
}

/** How a list is filtered or sorted. */
export interface Choice {
  type: string;
  value: string;
}

export interface Promotion {
  promotion_id?: string;
  creative?: string;
  name?: string;
  position?: string | number;
}

export interface Cart {
  cart_id?: string;
  products?: Product[];
}

export interface Wishlist {
  wishlist_id?: string;
  wishlist_name?: string;
}

/** An order that is not placed yet. */
export interface Checkout {
  order_id?: string;
  checkout_id?: string;
  affiliation?: string;
  /** After discounts, before tax and shipping. */
  subtotal?: number;
  /** `subtotal` with tax and shipping. */
  total?: number;
  value?: number;
  /** After discounts, without tax and shipping. */
  revenue?: number;
  shipping?: number;
  tax?: number;
  discount?: number;
  coupon?: string;
  currency?: string;
  products?: Product[];
}

export interface Order extends Checkout {
  order_id: string;
}

export interface CheckoutStep {
  checkout_id?: string;
  step?: number;
  shipping_method?: string;
  payment_method?: string;
}

export interface Coupon {
  order_id?: string;
  cart_id?: string;
  coupon_id?: string;
  coupon_name?: string;
  discount?: number;
}

export interface Share {
  share_via?: string;
  share_message?: string;
  recipient?: string;
}

export interface Review {
  product_id?: string;
  review_id?: string;
  review_body?: string;
  rating?: string | number;
}

/** Events whose properties are known; others take any. A site may declare its own here. */
export interface CommerceEvents {
  "Products Searched": { query: string };
  "Product List Viewed": ProductList;
  "Product List Filtered": ProductList & { filters?: Choice[]; sorts?: Choice[] };
  "Promotion Viewed": Promotion;
  "Promotion Clicked": Promotion;
  "Product Clicked": Product;
  "Product Viewed": Product;
  "Product Added": Product & { cart_id?: string };
  "Product Removed": Product & { cart_id?: string };
  "Cart Viewed": Cart;
  "Checkout Started": Checkout;
  "Checkout Step Viewed": CheckoutStep;
  "Checkout Step Completed": CheckoutStep;
  "Payment Info Entered": CheckoutStep & { order_id?: string };
  "Order Completed": Order;
  "Order Updated": Order;
  "Order Refunded": Order;
  "Order Cancelled": Order;
  "Coupon Entered": Coupon;
  "Coupon Applied": Coupon;
  "Coupon Denied": Coupon & { reason?: string };
  "Coupon Removed": Coupon;
  "Product Added to Wishlist": Product & Wishlist;
  "Product Removed from Wishlist": Product & Wishlist;
  "Wishlist Product Added to Cart": Product & Wishlist & { cart_id?: string };
  "Product Shared": Product & Share;
  "Cart Shared": Cart & Share;
  "Product Reviewed": Review;
}

/** The edge's answer for one placement. */
export interface Decision {
  placement: string;
  offer: string | null;
  variant: string | null;
  content: { type: "html"; html: string } | { type: "json"; json: unknown } | null;
  reason: string;
  token: string | null;
}

/** Choices by category; adds to those made before. */
export interface Consent {
  analytics?: boolean;
  personalisation?: boolean;
  advertising?: boolean;
  sale_or_share?: boolean;
  [category: string]: boolean | undefined;
}

/** The answer to a request, as far as it was read. */
export interface Answer {
  success: true;
  accepted: number;
  duplicate: number;
  rejected: number;
  configVersion: number;
  device?: "bound" | "unbound";
  decisions?: Decision[];
  [field: string]: unknown;
}

/** Why the edge will not take a request, or not now. */
export interface Refusal {
  success: false;
  code: string;
  message: string;
}

/** What the tag says of its work: the kind, then what it is about. */
export type DebugEntry =
  | [kind: "event", event: Record<string, unknown>]
  /** The body of a request, as JSON text. */
  | [kind: "request", body: string]
  /** The HTTP status, 0 if there was none, and what the edge said; nothing if it was not the edge that answered. */
  | [kind: "answer", status: number, answer: Answer | Refusal | false | 0]
  | [kind: "decision", decision: Decision]
  /** Why nothing was recorded, and what it would have been. */
  | [kind: "skipped", why: string, ...what: unknown[]];

/** Kept when the event is stored; of its message id, or of nothing when it was not recorded. */
export type Recorded = Promise<string | undefined>;

export type Method = "track" | "page" | "screen" | "identify" | "group" | "alias" | "reset" | "consent" | "decide" | "onDecision";
export type Listener = (...args: unknown[]) => void;
export interface Middleware {
  payload: { obj: Record<string, unknown> };
  next(payload: { obj: Record<string, unknown> }): void;
}

export function load(writeKey: string, options: Options & { src: string }): Promise<void>;
export function track<Name extends string>(
  event: Name,
  ...rest: Name extends keyof CommerceEvents
    ? [properties: CommerceEvents[Name], options?: EventOptions]
    : [properties?: Properties, options?: EventOptions]
): Recorded;
export function page(category: string, name: string, properties?: Properties, options?: EventOptions): Recorded;
export function page(name: string, properties?: Properties, options?: EventOptions): Recorded;
export function page(properties?: Properties, options?: EventOptions): Recorded;
export function screen(name: string, properties?: Properties, options?: EventOptions): Recorded;
export function identify(userId: string | number, traits?: Traits, options?: EventOptions & { token?: string }): Recorded;
export function identify(traits: Traits, options?: EventOptions): Recorded;
export function group(groupId: string | number, traits?: Traits, options?: EventOptions): Recorded;
export function alias(to: string | number, from?: string | number, options?: EventOptions): Recorded;
export function reset(): Promise<void>;
export function consent(choices: Consent): Promise<void>;
export function decide(placements?: string | string[]): Promise<Decision[]>;
export function onDecision(placement: string, listener: (decision: Decision) => void): Promise<void>;
export function on(method: Method, listener: Listener): void;
export function once(method: Method, listener: Listener): void;
export function off(method: Method, listener: Listener): void;
export function use(middleware: (call: Middleware) => void): void;
/** In the console, or to a listener. */
export function debug(wanted?: boolean | ((...entry: DebugEntry) => void)): void;
export function user(): { id(): string | null; anonymousId(): string | null; traits(): Traits | null };
