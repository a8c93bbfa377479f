import { Button, Group } from "@mantine/core";

interface Props {
  /** What is asked for a page at a time. */
  pages: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** The way to what comes after the rows that are shown. */
export function Older({ pages }: Props) {
  if (!pages.hasNextPage) return null;
  return <Group mt="sm"><Button variant="default" loading={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>Show older ones</Button></Group>;
}
