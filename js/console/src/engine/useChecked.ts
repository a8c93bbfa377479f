import { useMemo } from "react";
import { filesOf, type Draft } from "../config/draft";
import type { Checked, Engine, Known } from "./engine";

const NOTHING: Known = {};

/** What the engine says of a draft, as far as it is about one file. */
export function useChecked(engine: Engine, draft: Draft, file: string, known = NOTHING): Checked {
  const key = draft.texts[file];
  const facts = JSON.stringify(known);
  return useMemo(() => {
    const { files, wrong } = filesOf(draft);
    const mine = ({ file: at }: { file: string }) => at === file;
    if (wrong.some(mine)) return { errors: wrong.filter(mine), warnings: [] };
    const { errors, warnings } = engine.check(files, known);
    return { errors: errors.filter(mine), warnings: warnings.filter(mine) };
  }, [engine, key, facts, draft.base]);
}
