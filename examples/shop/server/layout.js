import { categories } from "./catalogue.js";
import { icons, logo } from "./components/icons.js";
import { attributes, html, jsonData } from "./html.js";

const STYLES = ["base", "frame", "banner", "products", "forms", "cart"];

function head({ title, description, script }) {
  return html`
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title ? `${title} · Larkfell` : "Larkfell · Running and hill shop"}</title>
    <meta name="description" content="${description}" />
    <meta name="theme-color" content="#ffffff" />
    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
    <link rel="preload" href="/fonts/archivo.woff2" as="font" type="font/woff2" crossorigin />
    ${STYLES.map(
      (name) => html`
        <link rel="stylesheet" href="/css/${name}.css" />
      `,
    )}
    <script async src="/tag.js" data-write-key="demo" data-live></script>
    <script type="module" src="/js/shop.js"></script>
    ${
      script &&
      html`
        <script type="module" src="/js/pages/${script}.js"></script>
      `
    }
  `;
}

const categoryLinks = (current) =>
  categories.map(({ slug, name }) => {
    const link = attributes({ href: `/products?category=${slug}`, "aria-current": slug === current && "page" });
    return html`
      <li><a ${link}>${name}</a></li>
    `;
  });

function header({ url, customer }) {
  const current = url.searchParams.get("category");
  return html`
    <header class="header">
      <div class="header__row wrap">
        <details class="menu">
          <summary aria-label="Menu">${icons.menu}</summary>
          <nav class="menu__panel" aria-label="Categories">
            <ul>
              ${categoryLinks(current)}
              <li><a href="/help">Help and returns</a></li>
            </ul>
          </nav>
        </details>
        <a class="brand" href="/" aria-label="Larkfell, home">
          ${logo}
          <span>Larkfell</span>
        </a>
        <nav class="header__nav" aria-label="Categories">
          <ul>
            ${categoryLinks(current)}
          </ul>
        </nav>
        <form class="search" action="/products" role="search">
          <label class="visually-hidden" for="search">Search the shop</label>
          <input id="search" name="q" type="search" placeholder="Search" autocomplete="off" required />
          <button aria-label="Search">${icons.search}</button>
        </form>
        <a class="header__link" href="${customer ? "/account" : "/login"}">
          ${icons.account}
          <span>${customer ? customer.name.split(" ")[0] : "Sign in"}</span>
        </a>
        <a class="header__link header__cart" href="/cart">
          ${icons.cart}
          <span>Cart</span>
          <b class="header__count" data-cart-count hidden></b>
        </a>
      </div>
    </header>
  `;
}

function footer() {
  return html`
    <footer class="footer">
      <div class="wrap footer__columns">
        <div class="footer__about">
          <p class="brand">
            ${logo}
            <span>Larkfell</span>
          </p>
          <p>A running and hill shop at the foot of the fells since 2009. We sell what we have worn out ourselves.</p>
          <p>
            12 Market Place, Hawsdale
            <br />
            Monday to Saturday, 9 to 18
          </p>
        </div>
        <nav aria-labelledby="footer-shop">
          <h2 id="footer-shop">Shop</h2>
          <ul>
            ${categoryLinks()}
          </ul>
        </nav>
        <nav aria-labelledby="footer-help">
          <h2 id="footer-help">Help</h2>
          <ul>
            <li><a href="/help#delivery">Delivery</a></li>
            <li><a href="/help#returns">60-day trail test</a></li>
            <li><a href="/help#sizes">Sizes</a></li>
            <li><a href="/help#repairs">Repairs</a></li>
            <li><a href="/help#advice">Advice</a></li>
            <li><a href="/help#privacy">Privacy</a></li>
          </ul>
        </nav>
        <nav aria-labelledby="footer-account">
          <h2 id="footer-account">You</h2>
          <ul>
            <li><a href="/account">Your account</a></li>
            <li><a href="/cart">Your cart</a></li>
          </ul>
        </nav>
      </div>
      <p class="wrap footer__note">Larkfell is a fictional shop. Nothing here can be bought, which is a pity.</p>
    </footer>
  `;
}

/** The whole document around a view: { title, description, main, script?, data? }. */
export function layout(view, visit) {
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        ${head(view)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <p class="notice">
          <span>Free delivery from €60</span>
          <span>Run in them for 60 days, then decide</span>
        </p>
        ${header(visit)}
        <main id="main" tabindex="-1">${view.main}</main>
        ${footer()}
        <div class="toast" role="status" data-toast hidden></div>
        ${view.data && jsonData("page-data", view.data)}
      </body>
    </html>
  `;
}
