import { slimHero } from "../components/banner.js";
import { html } from "../html.js";
import { customerFields } from "./customer-fields.js";

const FOR_THE_WAY = {
  look: "stone",
  title: "Something for the way",
  lead: "Gels, bars and drink mix that sit well at hour three.",
  href: "/products?category=nutrition",
  action: "Shop nutrition",
  art: "/art/products/slow-gel/salted-cherry.svg",
};

const needsScript = html`
  <noscript>
    <p class="nothing">
      The cart is kept in your browser and needs JavaScript. You can also order by phone: 01539 555 014.
    </p>
  </noscript>
`;

const summary = (action) => html`
  <aside class="summary" aria-labelledby="summary-title" data-summary hidden>
    <h2 id="summary-title">Summary</h2>
    <div data-summary-lines></div>
    <dl data-totals></dl>
    ${action}
  </aside>
`;

const strip = html`
  <section class="strip" data-selvedge-placement="cart-strip" aria-label="Good to know">
    <div class="strip__content">
      <p>
        <b>60-day trail test.</b>
        Run in it, then decide.
        <a href="/help#returns">How it works</a>
      </p>
    </div>
  </section>
`;

export const cart = () => ({
  title: "Cart",
  description: "What you have put into your cart.",
  script: "cart",
  main: html`
    ${slimHero(FOR_THE_WAY)}
    <div class="wrap cart">
      <h1>Your cart</h1>
      ${strip} ${needsScript}
      <div class="cart__columns">
        <div data-cart-lines aria-live="polite"></div>
        ${summary(html`
          <a class="button button--large" href="/checkout">Go to checkout</a>
          <p class="summary__note">Prices include VAT.</p>
        `)}
      </div>
    </div>
  `,
});

const PAYMENTS = [
  ["invoice", "Invoice", "Pay within 14 days of delivery."],
  ["collection", "Pay in the shop", "We keep it for you for a week."],
];

const payment = ([value, name, note], i) => html`
  <label class="choice">
    <input
      type="radio"
      name="payment"
      value="${value}"
      ${
        i === 0
          ? html`
              checked
            `
          : ""
      }
    />
    <span>
      <b>${name}</b>
      ${note}
    </span>
  </label>
`;

export const checkout = ({ customer }) => ({
  title: "Checkout",
  description: "Where your order goes, and how you pay.",
  script: "checkout",
  data: { customer: customer?.id ?? null },
  main: html`
    <div class="wrap checkout">
      <h1>Checkout</h1>
      ${
        !customer &&
        html`
          <p class="checkout__hint">
            Have an account?
            <a class="text-link" href="/login?next=/checkout">Sign in</a>
            and we’ll fill this in.
          </p>
        `
      }
      ${needsScript}
      <div class="cart__columns">
        <form class="form" data-checkout novalidate>
          <fieldset>
            <legend>Delivery</legend>
            ${customerFields(customer)}
          </fieldset>
          <fieldset>
            <legend>Payment</legend>
            ${PAYMENTS.map(payment)}
          </fieldset>
          <p class="form__problem" role="alert" data-problem hidden></p>
          <button class="button button--large">Place order</button>
        </form>
        ${summary(html`
          <p class="summary__note"><a class="text-link" href="/cart">Change the cart</a></p>
        `)}
      </div>
    </div>
  `,
});

export const thanks = () => ({
  title: "Thank you",
  description: "Your order has been placed.",
  script: "thanks",
  main: html`
    <section class="wrap thanks">
      <img src="/art/scenes/morning.svg" alt="" width="1600" height="720" />
      <h1>Thank you. It’s on the bench.</h1>
      <p data-order-note>Your order has been placed. We pack it today and write to you when it leaves.</p>
      <div class="summary" data-order hidden>
        <div data-summary-lines></div>
        <dl data-totals></dl>
      </div>
      <p><a class="button" href="/products">Keep looking around</a></p>
    </section>
  `,
});
