import { artPath, catalogue, categoryBySlug, sizeLabel, usualSize } from "../catalogue.js";
import { attributes, html } from "../html.js";
import { money } from "../../site/js/pricing.js";
import { eventAttributes, propertiesOf } from "../tracking.js";
import { icons } from "./icons.js";

export const price = (product) =>
  product.was
    ? html`
        <p class="price">
          <span class="visually-hidden">Now</span>
          <b>${money(product.price)}</b>
          <s>
            <span class="visually-hidden">was</span>
            ${money(product.was)}
          </s>
        </p>
      `
    : html`
        <p class="price"><b>${money(product.price)}</b></p>
      `;

export const rating = (product) => html`
  <p class="rating" role="img" aria-label="Rated ${product.rating} of 5 by ${product.reviews} customers">
    <span class="rating__stars" style="--rating:${product.rating}" aria-hidden="true"></span>
    <span aria-hidden="true">${product.rating.toFixed(1)} (${product.reviews})</span>
  </p>
`;

export const swatch = (name) => html`
  <span class="swatch" style="--main:${catalogue.colours[name].main};--accent:${catalogue.colours[name].accent}"></span>
`;

/** The button that puts the product into the cart. Its choice may be changed by the page before it is clicked. */
export function addButton(product, choice, className, label) {
  const events = eventAttributes("Product Added", propertiesOf(product, choice, 1));
  const own = { "data-add-to-cart": product.id, "data-colour": choice.colour, "data-size": choice.size };
  return html`
    <button type="button" class="${className}" ${attributes({ ...own, ...events })}>${label}</button>
  `;
}

function quickAdd(product, choice) {
  const sizes = html`
    <label>
      <span class="visually-hidden">${sizeLabel(product)} of ${product.name}</span>
      <select data-card-size>
        ${product.sizes.map(
          (size) => html`
            <option ${attributes({ selected: size === choice.size })}>${size}</option>
          `,
        )}
      </select>
    </label>
  `;
  const label = html`
    ${icons.plus}
    <span>
      Add
      <span class="visually-hidden">${product.name} to the cart</span>
    </span>
  `;
  return html`
    <div class="card__add">
      ${product.sizes.length > 0 && sizes}${addButton(product, choice, "button button--quiet", label)}
    </div>
  `;
}

export function productCard(product, position, { lazy = true } = {}) {
  const choice = { colour: product.colours[0], size: usualSize(product) };
  const clicked = eventAttributes("Product Clicked", { ...propertiesOf(product, choice, 1), position: position + 1 });
  return html`
    <article class="card">
      <a class="card__link" href="/products/${product.id}" ${attributes(clicked)}>
        <span class="card__plate">
          <img
            src="${artPath(product)}"
            alt="${product.name} in ${choice.colour.toLowerCase()}"
            width="400"
            height="400"
            ${attributes({ loading: lazy && "lazy" })}
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
        </span>
        <h3>${product.name}</h3>
      </a>
      <p class="card__brand">${product.brand} · ${categoryBySlug(product.category).name}</p>
      <div class="card__facts">
        ${price(product)}
        <p
          class="card__swatches"
          role="img"
          aria-label="${product.colours.length} ${product.colours.length === 1 ? "colour" : "colours"}"
        >
          ${product.colours.map(swatch)}
        </p>
      </div>
      ${rating(product)} ${quickAdd(product, choice)}
    </article>
  `;
}

export const productGrid = (products, options) => html`
  <ul class="grid">
    ${products.map(
      (product, i) => html`
        <li>${productCard(product, i, options)}</li>
      `,
    )}
  </ul>
`;
