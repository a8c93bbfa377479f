import { totals } from "../../site/js/pricing.js";
import { catalogue, productById } from "../catalogue.js";
import { json, problem } from "../response.js";

const MOST_LINES = 50;
const MOST_OF_ONE = 20;

const REQUIRED = {
  name: "Enter your name.",
  email: "Enter your e-mail.",
  street: "Enter the street and house number.",
  postcode: "Enter the postcode.",
  city: "Enter the town or city.",
};

function contactProblems(contact) {
  const given = (field) => String(contact?.[field] ?? "").trim();
  const missing = Object.entries(REQUIRED).filter(([field]) => !given(field));
  const problems = Object.fromEntries(missing);
  if (!problems.email && !/^[^\s@]+@[^\s@]+$/.test(given("email")))
    problems.email = "That doesn’t look like an e-mail address.";
  return problems;
}

/** The line with its name and price from the catalogue (a browser's prices are not believed), or null. */
function priced(line) {
  const product = productById(line?.id);
  if (!product || !product.colours.includes(line.colour)) return null;
  if (product.sizes.length > 0 ? !product.sizes.includes(line.size) : line.size) return null;
  if (!Number.isInteger(line.quantity) || line.quantity < 1 || line.quantity > MOST_OF_ONE) return null;
  const { id, colour, size = null, quantity } = line;
  return { id, colour, size, quantity, name: product.name, price: product.price };
}

/** Ten million numbers, none of which says how many orders the shop has had. */
const orderId = () => `LF-${String(crypto.getRandomValues(new Uint32Array(1))[0] % 1e7).padStart(7, "0")}`;

/** Checks the order and prices it. The demo stops here; a real shop would now store it and take the payment. */
export function placeOrder(_request, _env, input) {
  const lines = Array.isArray(input.lines) ? input.lines.slice(0, MOST_LINES + 1).map(priced) : [];
  if (lines.length === 0) return problem(422, "empty_cart", "Your cart is empty.");
  if (lines.length > MOST_LINES || lines.includes(null)) {
    return problem(
      422,
      "unknown_line",
      "Something in your cart is no longer available. Go back to the cart and check it.",
    );
  }
  const fields = contactProblems(input.contact);
  if (Object.keys(fields).length > 0)
    return problem(422, "incomplete_contact", "Some details are missing.", { fields });
  const placed = {
    id: orderId(),
    placedAt: new Date().toISOString(),
    currency: catalogue.currency,
    lines,
    ...totals(lines),
  };
  return json({ order: placed }, 201);
}
