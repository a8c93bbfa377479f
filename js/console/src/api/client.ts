// The API of the edge: what can be asked and what is answered comes from docs/openapi.yaml.

import createFetchClient from "openapi-fetch";
import createClient from "openapi-react-query";
import type { components, paths } from "../../build/schema";

/** A type of the API by its name. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export const edge = createFetchClient<paths>({ baseUrl: "/" });
export const api = createClient(edge);

/** Something went wrong, as the edge says it. */
export interface Told {
  code: string;
  message: string;
}

/** What an error says, whatever its shape: the edge's own, one of a profile that is not there, or of the network. */
export function told(error: unknown): Told {
  if (typeof error === "object" && error !== null) {
    if ("code" in error && "message" in error) return error as Told;
    if ("error" in error) return told(error.error);
  }
  if (error instanceof TypeError) {
    return { code: "offline", message: "The edge did not answer. Check your connection and try again." };
  }
  return { code: "unknown", message: error instanceof Error ? error.message : "Something went wrong. Try again." };
}

/** What the edge answered; throws what it said if it refused. */
export async function answered<T>(asked: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data, error } = await asked;
  if (data === undefined) throw error;
  return data;
}
