// `<selvedge-placement name="hero">`: a placement as an element of its own. Its content is the page's own; the decision takes its
// place. To import this defines the element; on a server it does nothing.

import { decide } from "./index.js";

// On a server there are no elements.
const Element = globalThis.HTMLElement ?? class {};

export class SelvedgePlacement extends Element {
  static observedAttributes = ["name"];

  /** The decision that it shows; `null` for its own content. Each change is also the event `selvedge:decision`. */
  decision = null;

  connectedCallback() {
    this.style.display ||= "block";
    this.setAttribute("data-selvedge-placement", this.getAttribute("name") ?? "");
    this.addEventListener("selvedge:decision", this);
  }

  attributeChangedCallback(attribute, before, name) {
    // The tag finds new elements by itself, not new names of old ones.
    if (before === name || !this.isConnected || !this.hasAttribute("data-selvedge-placement")) return;
    this.setAttribute("data-selvedge-placement", name ?? "");
    if (name) decide(name);
  }

  handleEvent({ target, detail }) {
    if (target === this) this.decision = detail;
  }
}

if (globalThis.customElements && !customElements.get("selvedge-placement"))
  customElements.define("selvedge-placement", SelvedgePlacement);
