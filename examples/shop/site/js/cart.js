/** The cart, kept in this browser: lines of { id, colour, size, quantity }. */

import { readStored, writeStored } from "./storage.js";

const NAME = "larkfell-cart";
const MOST_OF_ONE = 20;

const isLine = (line) => typeof line?.id === "string" && Number.isInteger(line.quantity) && line.quantity > 0;

export function cartLines() {
  const stored = readStored("localStorage", NAME);
  return Array.isArray(stored) ? stored.filter(isLine) : [];
}

export const cartCount = () => cartLines().reduce((sum, line) => sum + line.quantity, 0);

const same = (a, b) => a.id === b.id && a.colour === b.colour && (a.size ?? null) === (b.size ?? null);

function save(lines) {
  writeStored("localStorage", NAME, lines);
  document.dispatchEvent(new CustomEvent("cart:change"));
}

/** Puts a line in, or more of a line that is there already. */
export function addToCart(line) {
  const lines = cartLines();
  const there = lines.find((other) => same(other, line));
  if (there) there.quantity = Math.min(there.quantity + line.quantity, MOST_OF_ONE);
  else lines.push(line);
  save(lines);
}

/** Sets how many of a line there are; none takes it out. */
export function setQuantity(line, quantity) {
  const lines = cartLines();
  const changed = lines.map((other) =>
    same(other, line) ? { ...other, quantity: Math.min(quantity, MOST_OF_ONE) } : other,
  );
  save(changed.filter((other) => other.quantity > 0));
}

export const emptyCart = () => save([]);
