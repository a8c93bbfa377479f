/** On every page: the cart count, and buttons that add to the cart. */

import { addToCart, cartCount } from "./cart.js";
import { element } from "./element.js";

const TOAST_MS = 5000;
let toastTimer = 0;

function showCount() {
  const badge = document.querySelector("[data-cart-count]");
  const count = cartCount();
  badge.textContent = count > 99 ? "99+" : String(count);
  badge.hidden = count === 0;
  badge
    .closest("a")
    .setAttribute("aria-label", count === 0 ? "Cart, empty" : `Cart, ${count} ${count === 1 ? "item" : "items"}`);
}

function hideToastLater(toast) {
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    // Nothing disappears under the pointer or the focus.
    if (toast.matches(":hover, :focus-within")) hideToastLater(toast);
    else toast.hidden = true;
  }, TOAST_MS);
}

function showToast(name, variant) {
  const toast = document.querySelector("[data-toast]");
  toast.hidden = false;
  toast.replaceChildren(
    element("p", {}, element("b", {}, "In your cart: "), [name, variant].filter(Boolean).join(", ")),
    element("a", { className: "button", href: "/cart" }, "View cart"),
  );
  hideToastLater(toast);
}

function add(button) {
  const { addToCart: id, colour, size = null, selvedgeName, selvedgeVariant, selvedgeQuantity } = button.dataset;
  addToCart({ id, colour, size, quantity: Number(selvedgeQuantity) });
  showToast(selvedgeName, selvedgeVariant);
}

function chooseCardSize(select) {
  const button = select.closest(".card__add").querySelector("[data-add-to-cart]");
  button.dataset.size = select.value;
  button.dataset.selvedgeVariant = `${button.dataset.colour} / ${select.value}`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-to-cart]");
  if (button) add(button);
  // A menu that stays open behind the page it led to, or beside a click elsewhere, is in the way.
  const menu = document.querySelector(".menu[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-card-size]")) chooseCardSize(event.target);
});
document.addEventListener("cart:change", showCount);
window.addEventListener("storage", showCount);
// Browsers restore a select's value on "back" without an event.
window.addEventListener("pageshow", () => document.querySelectorAll("[data-card-size]").forEach(chooseCardSize));
showCount();
