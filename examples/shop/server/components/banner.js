import { html } from "../html.js";

/** What a banner says: { look, title, lead, href, action, art? }. `look` is its design, see banner.css. */
export const banner = ({ look, title, lead, href, action, art }) => html`
  <div class="banner banner--${look}">
    <div class="banner__text">
      <h2 class="banner__title">${title}</h2>
      <p class="banner__lead">${lead}</p>
      <p class="banner__action"><a class="button" href="${href}">${action}</a></p>
    </div>
    ${
      art &&
      html`
        <img class="banner__art" src="${art}" alt="" width="400" height="400" />
      `
    }
  </div>
`;

/** The slim banner at the top of the inner pages. */
export const slimHero = (content) => html`
  <section class="hero hero--slim wrap" data-selvedge-placement="hero" aria-label="From the shop">
    ${banner(content)}
  </section>
`;

export const TRAIL_TEST = {
  look: "stone",
  title: "The 60-day trail test",
  lead: "Run in them, get them muddy. If they’re wrong, send them back.",
  href: "/help#returns",
  action: "How it works",
  art: "/art/products/scree-3/moss.svg",
};
