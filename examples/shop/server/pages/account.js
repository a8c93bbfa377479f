import { money } from "../../site/js/pricing.js";
import { slimHero, TRAIL_TEST } from "../components/banner.js";
import { demoSignIn } from "../customers.js";
import { html } from "../html.js";
import { redirect } from "../response.js";
import { field } from "./customer-fields.js";

/** Where signing in may lead. A fixed list, so that no link can send people to another site. */
const DESTINATIONS = ["/account", "/checkout"];

const TIERS = {
  gold: "Gold: new shoes a week before everybody else, and repairs are free.",
  silver: "Silver: repairs at half price. Two more orders to gold.",
  basic: "Welcome. Your first repair is on us.",
};

export function login({ url, customer }) {
  const wanted = url.searchParams.get("next");
  const next = DESTINATIONS.includes(wanted) ? wanted : "/account";
  if (customer) return redirect(next);
  return {
    title: "Sign in",
    description: "Sign in to your Larkfell account.",
    script: "login",
    main: html`
      <div class="wrap entry">
        <section class="entry__form" aria-labelledby="login-title">
          <h1 id="login-title">Sign in</h1>
          <form class="form" id="login" data-next="${next}" method="post" novalidate>
            <div class="fields">
              ${field({ name: "email", label: "E-mail", type: "email", autocomplete: "username" })}
              ${field({ name: "password", label: "Password", type: "password", autocomplete: "current-password" })}
            </div>
            <p class="form__problem" role="alert" data-problem hidden></p>
            <button class="button button--large">Sign in</button>
          </form>
          <p class="entry__demo">
            This is a demo shop: use
            <b>${demoSignIn.email}</b>
            with the password
            <b>${demoSignIn.password}</b>
            (the same for ${demoSignIn.others.join(" and ")})
          </p>
        </section>
        <img class="entry__scene" src="/art/scenes/evening.svg" alt="" width="1600" height="720" />
      </div>
    `,
  };
}

const orderRow = ({ id, date, items, total }) => html`
  <tr>
    <th scope="row">${id}</th>
    <td>${date}</td>
    <td>${items}</td>
    <td>${money(total)}</td>
  </tr>
`;

export function account({ customer }) {
  if (!customer) return redirect("/login?next=/account");
  const { name, email, tier, since, address, orders } = customer;
  return {
    title: "Your account",
    description: "Your orders and details.",
    script: "account",
    data: { customer: customer.id },
    main: html`
      ${slimHero(TRAIL_TEST)}
      <div class="wrap account">
        <div class="account__head">
          <div>
            <h1>Hello, ${name.split(" ")[0]}</h1>
            <p>${TIERS[tier]}</p>
          </div>
          <button type="button" class="button button--quiet" data-logout>Sign out</button>
        </div>
        <div class="account__columns">
          <section aria-labelledby="orders-title">
            <h2 id="orders-title">Orders</h2>
            <div class="table">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Order</th>
                    <th scope="col">Date</th>
                    <th scope="col">What</th>
                    <th scope="col">Total</th>
                  </tr>
                </thead>
                <tbody data-orders>${orders.map(orderRow)}</tbody>
              </table>
            </div>
          </section>
          <section class="summary" aria-labelledby="details-title">
            <h2 id="details-title">Your details</h2>
            <dl class="facts">
              <dt>Name</dt>
              <dd>${name}</dd>
              <dt>E-mail</dt>
              <dd>${email}</dd>
              <dt>Address</dt>
              <dd>
                ${address.street}
                <br />
                ${address.postcode} ${address.city}
              </dd>
              <dt>Membership</dt>
              <dd class="account__tier">${tier}</dd>
              <dt>With us since</dt>
              <dd>${since}</dd>
            </dl>
          </section>
        </div>
      </div>
    `,
  };
}
