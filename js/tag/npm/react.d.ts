import type { ComponentPropsWithoutRef, DetailedHTMLProps, ElementType, HTMLAttributes, ReactElement, ReactNode } from "react";
import type { Decision } from "./index.js";

/** The decision for a placement; `null` before the first, and on a server. Asks for it when the component is on a page. */
export function useDecision(placement: string): Decision | null;

export interface PlacementProps<As extends ElementType = "div"> {
  /** The placement. */
  name: string;
  /** The element; a `div`. */
  as?: As;
  /** Shows what was decided as JSON. */
  render?: (json: unknown, decision: Decision) => ReactNode;
  /** The page's own content. */
  children?: ReactNode;
}

/** A placement as an element. What is decided as HTML takes the place of its children. */
export function Placement<As extends ElementType = "div">(
  props: PlacementProps<As> & Omit<ComponentPropsWithoutRef<As>, keyof PlacementProps<As>>,
): ReactElement;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      /** Of `@selvedge/tag/element`. */
      "selvedge-placement": DetailedHTMLProps<HTMLAttributes<HTMLElement> & { name: string }, HTMLElement>;
    }
  }
}
