import { artPath, categories, inCategory, productById } from "../catalogue.js";
import { banner } from "../components/banner.js";
import { icons } from "../components/icons.js";
import { productGrid } from "../components/product-card.js";
import { html } from "../html.js";

const FEATURED = [
  "skylark-4",
  "ledge-8",
  "wisp",
  "scree-3",
  "longmynd",
  "merino-run-sock",
  "cloudbreak-shell",
  "tempo-fell",
];
const WINTER = ["ridgeline-gtx", "lantern-500", "bobble-hat", "stillwater-gilet"];

const WELCOME = {
  look: "morning",
  title: "Out before the fell wakes up",
  lead: "Shoes, shells and the small things, chosen by people who ran in them this morning.",
  href: "/products?category=trail-shoes",
  action: "Shop trail shoes",
};

const tile = ({ slug, name }) => {
  const [first] = inCategory(slug);
  return html`
    <li>
      <a class="tile" href="/products?category=${slug}">
        <img src="${artPath(first)}" alt="" width="400" height="400" />
        <span>${name}</span>
      </a>
    </li>
  `;
};

const story = html`
  <section class="story wrap" aria-labelledby="story-title">
    <img
      src="/art/scenes/evening.svg"
      alt="A green fell in evening light, with three runners on the path"
      width="1600"
      height="720"
      loading="lazy"
    />
    <div>
      <h2 id="story-title">Saturday, eight o’clock, from the shop door</h2>
      <p>
        We run every Saturday, in three groups, at the pace of whoever is last. There is cake afterwards. Bring shoes
        you’re not sure about, and borrow a pair of ours for the morning.
      </p>
      <p><a class="text-link" href="/help#saturday">How the Saturday run works</a></p>
    </div>
  </section>
`;

const promises = html`
  <section class="wrap" aria-label="What you can count on">
    <ul class="promises">
      <li>
        ${icons.returns}
        <h3>60-day trail test</h3>
        <p>Run in them, then decide. Mud is fine.</p>
      </li>
      <li>
        ${icons.delivery}
        <h3>Free delivery from €60</h3>
        <p>Ordered by two, at your door in two days.</p>
      </li>
      <li>
        ${icons.repair}
        <h3>Repairs in our workshop</h3>
        <p>Zips, lugs and linings, whoever made them.</p>
      </li>
      <li>
        ${icons.people}
        <h3>Advice from runners</h3>
        <p>Write to us; someone who has worn it will answer.</p>
      </li>
    </ul>
  </section>
`;

export const home = () => ({
  description:
    "Running shoes, trail shoes, jackets, packs and food for long days, from a small shop at the foot of the fells.",
  main: html`
    <h1 class="visually-hidden">Larkfell, running and hill shop</h1>
    <section class="hero hero--home" data-selvedge-placement="hero" aria-label="From the shop">
      ${banner(WELCOME)}
    </section>
    <section class="wrap section" aria-labelledby="categories-title">
      <h2 id="categories-title">What are you after?</h2>
      <ul class="tiles">
        ${categories.map(tile)}
      </ul>
    </section>
    <section class="wrap section" aria-labelledby="featured-title">
      <div class="section__head">
        <h2 id="featured-title">What we’re wearing right now</h2>
        <a class="text-link" href="/products">All products</a>
      </div>
      ${productGrid(FEATURED.map(productById))}
    </section>
    ${story}
    <section class="wrap section" aria-labelledby="winter-title">
      <div class="section__head">
        <h2 id="winter-title">For the dark months</h2>
        <a class="text-link" href="/products?category=jackets">All jackets</a>
      </div>
      ${productGrid(WINTER.map(productById))}
    </section>
    ${promises}
  `,
});
