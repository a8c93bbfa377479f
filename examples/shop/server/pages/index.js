import { account, login } from "./account.js";
import { cart, checkout, thanks } from "./cart.js";
import { help } from "./help.js";
import { home } from "./home.js";
import { list } from "./list.js";
import { product } from "./product.js";

const PAGES = {
  "/": home,
  "/products": list,
  "/cart": cart,
  "/checkout": checkout,
  "/thanks": thanks,
  "/login": login,
  "/account": account,
  "/help": help,
};

/** The view for a visit ({ url, customer }), a Response that leads elsewhere, or null when there is no such page. */
export function renderPage(visit) {
  const { pathname } = visit.url;
  if (Object.hasOwn(PAGES, pathname)) return PAGES[pathname](visit);
  const [, id] = pathname.match(/^\/products\/([\w-]+)$/) ?? [];
  return id ? product(id) : null;
}
