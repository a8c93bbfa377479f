import { useWindowEvent } from "@mantine/hooks";
import { createContext, useContext, useState, type ReactNode } from "react";
import type { Schema } from "../api/client";
import type { Draft } from "./draft";
import { keep, kept } from "./kept";

/** What somebody has written and not published: one draft, on whichever pages they write it. */
export interface Held {
  /** As it was published when they began; what is published meanwhile does not change what they write. */
  before: Draft;
  texts: Draft["texts"];
}

interface State {
  /** Whose it is. */
  owner: string;
  held: Held | undefined;
  /** Counts what was published, joined and thrown away: no step goes back behind that. */
  round: number;
  /** What the edge found wrong. */
  wrong: Schema<"FileError">[];
}

interface Drafting extends Omit<State, "owner"> {
  write: (held: Held) => void;
  /** Begins anew: with what two have written together, or with what is published. */
  begin: (held?: Held) => void;
  tell: (wrong: State["wrong"]) => void;
}

const Context = createContext<Drafting | undefined>(undefined);

/** The files that are not as they were published. */
export const touchedIn = ({ before, texts }: Held): string[] =>
  [...new Set([...Object.keys(texts), ...Object.keys(before.texts)])].filter((file) => texts[file] !== before.texts[file]).sort();

/** Texts that are as they were published are no draft. */
const changed = (held: Held | undefined) => (held && touchedIn(held).length > 0 ? held : undefined);

/** Keeps the draft while pages come and go, a session ends, or the page is loaded again: for whoever wrote it, and nobody else. `owner` is
 *  who is signed in, if anybody is. */
export function Drafting({ owner, children }: { owner: string | undefined; children: ReactNode }) {
  const [state, set] = useState<State>(() => ({ owner: "", round: 0, wrong: [], held: undefined, ...kept() }));
  // Whoever else comes begins with what is published; nothing of the other's is left.
  if (owner !== undefined && owner !== state.owner) set(({ round }) => ({ owner, held: undefined, round: round + 1, wrong: [] }));
  const { held } = state;
  useWindowEvent("pagehide", () => keep(state));
  useWindowEvent("beforeunload", (leaving) => held && leaving.preventDefault());
  const write = (held: Held) => set((state) => ({ ...state, held: changed(held), wrong: [] }));
  const begin = (held?: Held) => set((state) => ({ ...state, held: changed(held), round: state.round + 1, wrong: [] }));
  const tell = (wrong: State["wrong"]) => set((state) => ({ ...state, wrong }));
  return <Context value={{ ...state, write, begin, tell }}>{children}</Context>;
}

export function useDrafting(): Drafting {
  const drafting = useContext(Context);
  if (!drafting) throw new Error("a page outside of the frame has no draft");
  return drafting;
}
