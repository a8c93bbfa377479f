import { attributes, html } from "../html.js";

/** One labelled input with a place for its problem. */
export function field({ name, label, value = null, type = "text", autocomplete, wide = true }) {
  const input = attributes({
    id: `field-${name}`,
    name,
    type,
    autocomplete,
    value,
    required: true,
    "aria-describedby": `problem-${name}`,
  });
  return html`
    <div class="field ${wide ? "field--wide" : ""}">
      <label for="field-${name}">${label}</label>
      <input ${input} />
      <p class="field__problem" id="problem-${name}" data-field-problem="${name}"></p>
    </div>
  `;
}

/** Name and address, filled in for a signed-in customer. */
export const customerFields = (customer) => html`
  <div class="fields">
    ${[
      { name: "name", label: "Name", autocomplete: "name", value: customer?.name },
      { name: "email", label: "E-mail", type: "email", autocomplete: "email", value: customer?.email },
      { name: "street", label: "Street and number", autocomplete: "address-line1", value: customer?.address.street },
      {
        name: "postcode",
        label: "Postcode",
        autocomplete: "postal-code",
        value: customer?.address.postcode,
        wide: false,
      },
      {
        name: "city",
        label: "Town or city",
        autocomplete: "address-level2",
        value: customer?.address.city,
        wide: false,
      },
    ].map(field)}
  </div>
`;
