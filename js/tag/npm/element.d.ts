import type { Decision } from "./index.js";

/** `<selvedge-placement name="hero">own content</selvedge-placement>`. Defined by the import of this module. */
export class SelvedgePlacement extends HTMLElement {
  /** The decision that it shows; `null` for its own content. */
  readonly decision: Decision | null;
  addEventListener(type: "selvedge:decision", listener: (event: CustomEvent<Decision | null>) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "selvedge-placement": SelvedgePlacement;
  }
}
