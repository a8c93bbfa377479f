import { artPath, categoryBySlug, colourLabel, inCategory, productById, sizeLabel, usualSize } from "../catalogue.js";
import { slimHero, TRAIL_TEST } from "../components/banner.js";
import { icons } from "../components/icons.js";
import { addButton, price, productGrid, rating, swatch } from "../components/product-card.js";
import { attributes, html } from "../html.js";

function colourChoice(product) {
  const option = (colour, i) => html`
    <label class="option option--colour">
      <input
        type="radio"
        name="colour"
        ${attributes({ value: colour, checked: i === 0, "data-art": artPath(product, colour) })}
      />
      ${swatch(colour)}
      <span>${colour}</span>
    </label>
  `;
  return html`
    <fieldset>
      <legend>${colourLabel(product)}</legend>
      <div class="options">${product.colours.map(option)}</div>
    </fieldset>
  `;
}

function sizeChoice(product) {
  const option = (size) => html`
    <label class="option option--size">
      <input type="radio" name="size" ${attributes({ value: size, checked: size === usualSize(product) })} />
      <span>${size}</span>
    </label>
  `;
  return html`
    <fieldset>
      <legend>
        ${sizeLabel(product)}
        <a class="text-link" href="/help#sizes">Find your size</a>
      </legend>
      <div class="options">${product.sizes.map(option)}</div>
    </fieldset>
  `;
}

function buyForm(product) {
  const choice = { colour: product.colours[0], size: usualSize(product) };
  const quantities = [1, 2, 3, 4, 5, 6].map(
    (count) => html`
      <option>${count}</option>
    `,
  );
  return html`
    <form class="buy" data-buy>
      ${colourChoice(product)} ${product.sizes.length > 0 && sizeChoice(product)}
      <div class="buy__row">
        <label class="quantity">
          <span>Quantity</span>
          <select name="quantity" autocomplete="off">
            ${quantities}
          </select>
        </label>
        ${addButton(product, choice, "button button--large", "Add to cart")}
      </div>
    </form>
  `;
}

const assurances = html`
  <ul class="assurances">
    <li>
      ${icons.delivery}
      <span>In stock. Ordered by two, at your door in two days.</span>
    </li>
    <li>
      ${icons.returns}
      <span>60-day trail test: run in it, then decide.</span>
    </li>
  </ul>
`;

/** From the same shelf first, then what goes with it. */
function goesWith(product) {
  const shelf = inCategory(product.category).filter(({ id }) => id !== product.id);
  const extras = ["merino-run-sock", "soft-flask-500", "slow-gel", "peak-cap"]
    .map(productById)
    .filter(({ category }) => category !== product.category);
  return [...shelf.slice(0, 2), ...extras.slice(0, 2)];
}

function details(product) {
  return html`
    <section class="wrap details" aria-labelledby="details-title">
      <div>
        <h2 id="details-title">About the ${product.name}</h2>
        <p>${product.description}</p>
      </div>
      <div>
        <h3>Good to know</h3>
        <ul>
          ${product.details.map(
            (detail) => html`
              <li>${detail}</li>
            `,
          )}
        </ul>
        <p class="details__sku">Article ${product.sku}</p>
      </div>
    </section>
  `;
}

export function product(id) {
  const product = productById(id);
  if (!product) return null;
  const category = categoryBySlug(product.category);
  return {
    title: product.name,
    description: product.summary,
    script: "product",
    data: { product: product.id },
    main: html`
      ${slimHero(TRAIL_TEST)}
      <nav class="wrap crumbs" aria-label="You are here">
        <ol>
          <li><a href="/products">Shop</a></li>
          <li><a href="/products?category=${category.slug}">${category.name}</a></li>
          <li aria-current="page">${product.name}</li>
        </ol>
      </nav>
      <article class="wrap product">
        <div class="product__plate">
          <img
            data-product-art
            src="${artPath(product)}"
            alt="${product.name} by ${product.brand}"
            width="400"
            height="400"
          />
          ${
            product.badge &&
            html`
              <span class="badge">${product.badge}</span>
            `
          }${
            product.was &&
            html`
              <span class="badge badge--sale">Sale</span>
            `
          }
        </div>
        <div class="product__info">
          <p class="product__brand">${product.brand}</p>
          <h1>${product.name}</h1>
          ${rating(product)}
          <p class="product__summary">${product.summary}</p>
          ${price(product)} ${buyForm(product)} ${assurances}
        </div>
      </article>
      ${details(product)}
      <section class="wrap section" aria-labelledby="more-title">
        <h2 id="more-title">Goes well with it</h2>
        ${productGrid(goesWith(product))}
      </section>
    `,
  };
}
