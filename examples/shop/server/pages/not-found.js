import { html } from "../html.js";

export const notFound = () => ({
  status: 404,
  title: "Page not found",
  description: "This page does not exist.",
  main: html`
    <section class="wrap lost">
      <h1>You’ve left the path</h1>
      <p>There is no page at this address. It may have moved, or the product may be sold out for good.</p>
      <p><a class="button" href="/products">See all products</a></p>
    </section>
  `,
});
