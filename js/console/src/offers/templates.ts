// What an offer can begin as. Styles stand in the content, so that it looks right on a page that knows nothing of it.

import type { Content } from "../engine/engine";

export interface Template {
  id: string;
  label: string;
  about: string;
  content: Content;
}

const button = "display:inline-block;padding:.7em 1.2em;border-radius:.4em;background:#0b7285;color:#fff;text-decoration:none;font-weight:600";

export const TEMPLATES: Template[] = [
  {
    id: "banner",
    label: "Banner",
    about: "A wide box with a title, a line and a button.",
    content: {
      type: "html",
      html: `<div style="padding:2rem;border-radius:.6rem;background:#e3fafc;color:#0b3d46">
  <h2 style="margin:0 0 .4rem">Free socks with your new shoes</h2>
  <p style="margin:0 0 1rem">Order by Sunday and they come along, on us.</p>
  <a href="/" style="${button}">See the offer</a>
</div>`,
    },
  },
  {
    id: "products",
    label: "Product strip",
    about: "What was looked at last, in a row.",
    content: {
      type: "html",
      html: `<div style="display:flex;gap:1rem;overflow-x:auto">
{% for product in computed.lastViewed %}
  <a href="/products/{{ product.product_id | url }}" style="flex:0 0 10rem;padding:1rem;border:1px solid #ced4da;border-radius:.5rem;color:inherit;text-decoration:none">
    <b>{{ product.name | default(product.product_id) }}</b>
    {% if product.price %}<br>{{ product.price | fixed(2) }} {{ product.currency }}{% endif %}
  </a>
{% endfor %}
</div>`,
    },
  },
  {
    id: "message",
    label: "Message bar",
    about: "One line above everything else.",
    content: {
      type: "html",
      html: `<p style="margin:0;padding:.7rem 1rem;text-align:center;background:#0b3d46;color:#fff">
  Free delivery from €60, {{ traits.first_name | default("today") }}.
</p>`,
    },
  },
  {
    id: "modal",
    label: "Window over the page",
    about: "Can be closed. Give it a cap, so that nobody sees it again and again.",
    content: {
      type: "html",
      html: `<dialog open style="position:fixed;inset:0;margin:auto;max-width:24rem;padding:2rem;border:0;border-radius:.8rem;box-shadow:0 10px 60px #0006;z-index:1000">
  <h2 style="margin:0 0 .5rem">Still thinking?</h2>
  <p>Your cart is kept for you.</p>
  <form method="dialog"><button style="${button};border:0;cursor:pointer">Close</button></form>
</dialog>`,
    },
  },
  { id: "json", label: "Data for your own code", about: "Your page's developers decide how it looks.", content: { type: "json", json: { title: "Free socks with your new shoes", link: "/" } } },
];
