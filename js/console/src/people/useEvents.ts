import { useInfiniteQuery } from "@tanstack/react-query";
import { answered, edge, type Schema } from "../api/client";

/** Which of somebody's events. */
interface Wanted {
  type?: Schema<"EventType">;
  source?: string;
  event?: string;
}

/** Somebody's events, newest first, so many at a time. The edge filters, so that what is looked for is found however long ago it was. */
export function useEvents(profileId: string, wanted: Wanted, limit: number) {
  const pages = useInfiniteQuery({
    queryKey: ["events", profileId, wanted, limit],
    queryFn: ({ pageParam }) =>
      answered(edge.GET("/v1/profiles/{name}", { params: { path: { name: `id:${profileId}` }, query: { ...wanted, limit, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.timeline.next ?? undefined,
  });
  const events = pages.data?.pages.flatMap((page) => page.timeline.events) ?? [];
  // Of those that the edge remembers, as far back as the events go that are here.
  const oldest = pages.hasNextPage ? (events.at(-1)?.timestamp ?? "") : "";
  const changes = (pages.data?.pages[0]?.segmentChanges ?? []).filter(({ at }) => at >= oldest);
  return { pages, events, changes };
}
