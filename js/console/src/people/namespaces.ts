import { api } from "../api/client";

/** Those that every site has. */
const USUAL = ["user_id", "email", "phone", "anonymous_id"];

/** The namespaces by which somebody may be known here. */
export function useNamespaces(): string[] {
  const config = api.useQuery("get", "/v1/config", {}, { retry: false });
  const rules = config.data?.files["identity.json"] as { namespaces?: Record<string, unknown> } | undefined;
  return [...new Set([...USUAL, ...Object.keys(rules?.namespaces ?? {})])];
}
