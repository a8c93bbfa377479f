import { api } from "../api/client";
import { useCatalogue } from "../audiences/catalogue";
import type { Known } from "../engine/engine";

/** What is known of the world that offers are for: how many are in audiences, and which placements pages ask for. */
export function useKnown(): Known {
  const counts = api.useQuery("get", "/v1/segments", { params: { query: { days: 7 } } });
  const { placements, isKnown } = useCatalogue();
  const counted = (counts.data?.segments ?? []).filter(({ members }) => members !== null);
  return {
    members: Object.fromEntries(counted.map(({ id, members }) => [id, members!])),
    // Before any page has asked for anything there is nothing to compare with.
    ...(isKnown && placements.length > 0 && { placements: placements.map(({ name }) => name) }),
  };
}
