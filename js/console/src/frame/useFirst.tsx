import { Button, Group } from "@mantine/core";
import { useState, type ReactNode } from "react";

/** Rows that are shown at first, and at a time. */
const PAGE = 100;

/** Of very many the first, and a way to see more: a page with thousands of rows answers nobody. */
export function useFirst<T>(all: T[]): { rows: T[]; more: ReactNode } {
  const [limit, setLimit] = useState(PAGE);
  const left = all.length - limit;
  return {
    rows: all.slice(0, limit),
    more: left > 0 && <Group mt="md"><Button variant="default" onClick={() => setLimit(limit + PAGE)}>Show {Math.min(PAGE, left)} more of {left.toLocaleString()}</Button></Group>,
  };
}
