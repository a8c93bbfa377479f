import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { api, told } from "./client";

/** Under which it is known who is signed in. */
export const sessionKey = api.queryOptions("get", "/v1/session", {}).queryKey;

/** Signed out elsewhere, or too long ago: the frame asks for a key, and the page stays where it is. */
function signedOut(error: unknown, key?: readonly unknown[]) {
  if (told(error).code === "unauthorized" && key?.[1] !== sessionKey[1]) void queries.resetQueries({ queryKey: sessionKey });
}

/** What passes by itself is tried again; what somebody said no to is not. */
const passes = (error: unknown) => ["offline", "platform_error", "object_error", "moving", "profile_busy"].includes(told(error).code);

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => signedOut(error, query.queryKey) }),
  mutationCache: new MutationCache({ onError: (error, _variables, _result, mutation) => signedOut(error, mutation.options.mutationKey) }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // Who has gone far down a list comes back to it as they left it: it would be asked for anew page by page.
      refetchOnWindowFocus: ({ state: { data } }) => !(typeof data === "object" && data !== null && "pageParams" in data),
      retry: (tries, error) => tries < 2 && passes(error),
    },
  },
});
