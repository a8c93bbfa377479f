import { api, type Schema } from "../api/client";

/** Whoever is signed in. */
export const useSession = () => api.useQuery("get", "/v1/session", {}, { retry: false, staleTime: 60_000 });

/** Whether whoever is signed in may do this. The edge decides; this only spares them the no. */
export function useMay(right: Schema<"Right">): boolean {
  return useSession().data?.rights.includes(right) ?? false;
}
