import type { Decision } from "./index.js";

/** `<selvedge-placement name="hero">own content</selvedge-placement>`. Defined by the import of this module. */
export class SelvedgePlacement extends HTMLElement {
  /** The newest decision; `null` before the first. */
  readonly decision: Decision | null;
  addEventListener(type: "selvedge:decision", listener: (event: CustomEvent<Decision>) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "selvedge-placement": SelvedgePlacement;
  }
}
