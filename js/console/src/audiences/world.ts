import { createContext } from "react";
import type { Schema } from "../api/client";
import type { Names } from "../engine/engine";
import type { Catalogue } from "./catalogue";

export interface Surroundings {
  catalogue: Catalogue;
  names: Names;
  /** What is wrong with the rule, each with its place in the file. */
  wrong: Schema<"FileError">[];
  readOnly: boolean;
  /** The segment that is written: it can't be a part of itself. */
  self: string;
}

/** What the builder's parts have to know of what stands around the rule. */
export const World = createContext<Surroundings>({
  catalogue: { events: [], properties: () => [], traits: [], values: () => [], placements: [], isKnown: false },
  names: { segments: {}, audiences: {} },
  wrong: [],
  readOnly: false,
  self: "",
});
