import { useState } from "react";
import type { Schema } from "../api/client";
import { touchedIn, useDrafting } from "./Drafting";
import type { Draft } from "./draft";

interface History {
  /** Of which stretch of the draft it is. */
  of: string;
  past: Draft["texts"][];
  future: Draft["texts"][];
  /** What was changed last: what is written on and on in the same place is one step. */
  at?: string;
}

/** So many steps can be taken back. */
const STEPS = 100;

export interface Writing {
  draft: Draft;
  /** As it was published. */
  before: Draft;
  touched: ReadonlySet<string>;
  wrong: Schema<"FileError">[];
  /** `at` names the place, where somebody goes on writing. */
  write: (texts: Draft["texts"], at?: string) => void;
  undo?: () => void;
  redo?: () => void;
}

/** The draft, as one page writes it: its own steps back, and nobody else's. `published` is what it begins with. */
export function useDraft(published: Draft): Writing {
  const { held, round, wrong, write: hold } = useDrafting();
  const before = held?.before ?? published;
  const texts = held?.texts ?? published.texts;
  const of = `${round} ${before.base}`;
  const [known, setHistory] = useState<History>({ of, past: [], future: [] });
  const history: History = known.of === of ? known : { of, past: [], future: [] };
  const put = (texts: Draft["texts"], history: History) => {
    setHistory(history);
    hold({ before, texts });
  };
  const write: Writing["write"] = (next, at) => {
    const goesOn = at !== undefined && at === history.at;
    put(next, { of, at, future: [], past: goesOn ? history.past : [...history.past.slice(-STEPS), texts] });
  };
  const { past, future } = history;
  const [last, next] = [past.at(-1), future[0]];
  return {
    draft: { base: before.base, texts },
    before,
    touched: new Set(touchedIn({ before, texts })),
    wrong,
    write,
    undo: last && (() => put(last, { of, past: past.slice(0, -1), future: [texts, ...future] })),
    redo: next && (() => put(next, { of, past: [...past, texts], future: future.slice(1) })),
  };
}
