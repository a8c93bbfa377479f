import { authenticate, publicDetails } from "../customers.js";
import { identityToken } from "../identity-token.js";
import { json, problem } from "../response.js";
import { endSession, startSession } from "../session.js";

/** Starts a session and hands the page a token that proves to Selvedge who signed in. */
export async function login(request, env, input) {
  if (!env.SESSION_SECRET) return problem(503, "sign_in_unavailable", "Signing in is not possible right now.");
  const customer = authenticate(input.email, input.password);
  if (!customer)
    return problem(401, "wrong_credentials", "That e-mail and password don’t match. Check both and try again.");
  const token = env.SHOP_IDENTITY_SECRET ? await identityToken(customer, env.SHOP_IDENTITY_SECRET) : null;
  return json({ customer: publicDetails(customer), identityToken: token }, 200, {
    "set-cookie": await startSession(request, customer, env.SESSION_SECRET),
  });
}

export const logout = (request) => json({ customer: null }, 200, { "set-cookie": endSession(request) });
