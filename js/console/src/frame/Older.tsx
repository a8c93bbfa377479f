import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  /** What is asked for a page at a time. */
  pages: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  children?: ReactNode;
}

/** The way to what comes after the rows that are shown. */
export function Older({ pages, children = "Show older ones" }: Props) {
  if (!pages.hasNextPage) return null;
  return <Group mt="sm"><Button variant="default" loading={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>{children}</Button></Group>;
}
