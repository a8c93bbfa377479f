import { categories, categoryBySlug, findProducts } from "../catalogue.js";
import { slimHero, TRAIL_TEST } from "../components/banner.js";
import { productGrid } from "../components/product-card.js";
import { attributes, html } from "../html.js";

const SORTS = [
  ["", "Our order"],
  ["price-low", "Price, low to high"],
  ["price-high", "Price, high to low"],
  ["rating", "Best rated"],
];

const chip = (href, name, current) => html`
  <li><a class="chip" ${attributes({ href, "aria-current": current && "page" })}>${name}</a></li>
`;

function sortForm({ category, query, sort }) {
  return html`
    <form class="sort" action="/products" data-sort>
      ${
        category &&
        html`
          <input type="hidden" name="category" value="${category.slug}" />
        `
      }${
        query &&
        html`
          <input type="hidden" name="q" value="${query}" />
        `
      }
      <label for="sort">Sort</label>
      <select id="sort" name="sort">
        ${SORTS.map(
          ([value, name]) => html`
            <option ${attributes({ value, selected: value === (sort ?? "") })}>${name}</option>
          `,
        )}
      </select>
      <noscript><button class="button button--quiet">Apply</button></noscript>
    </form>
  `;
}

function heading({ category, query }) {
  if (query)
    return {
      title: `Results for “${query}”`,
      blurb: category ? `In ${category.name}.` : "Searched in names, brands and categories.",
    };
  return category
    ? { title: category.name, blurb: category.blurb }
    : { title: "All products", blurb: "Everything in the shop, from the first pair to the last gel." };
}

const nothing = html`
  <div class="nothing">
    <p>Nothing matches. A single word, such as “wind”, finds more.</p>
    <a class="button" href="/products">See all products</a>
  </div>
`;

export function list({ url }) {
  const params = url.searchParams;
  const category = categoryBySlug(params.get("category"));
  const query = params.get("q")?.trim().slice(0, 100) || null;
  const sort = params.get("sort");
  const found = findProducts({ category: category?.slug, query, sort });
  const { title, blurb } = heading({ category, query });
  return {
    title,
    description: blurb,
    script: "list",
    data: {
      list: category?.slug ?? "all",
      category: category?.name ?? null,
      query,
      products: found.map(({ id }) => id),
    },
    main: html`
      ${slimHero(TRAIL_TEST)}
      <div class="wrap">
        <div class="list-head">
          <div>
            <h1>${title}</h1>
            <p>${blurb}</p>
          </div>
          ${sortForm({ category, query, sort })}
        </div>
        <nav aria-label="Filter by category">
          <ul class="chips">
            ${chip("/products", "All", !category)}${categories.map(({ slug, name }) => chip(`/products?category=${slug}`, name, slug === category?.slug))}
          </ul>
        </nav>
        <p class="count" role="status">${found.length} ${found.length === 1 ? "product" : "products"}</p>
        ${found.length > 0 ? productGrid(found, { lazy: false }) : nothing}
      </div>
    `,
  };
}
