/** The shop's own session: a signed cookie that names the customer. */

import { customerById } from "./customers.js";
import { decodeBase64url, encodeJson, sign, verify } from "./signing.js";

const COOKIE = "larkfell_session";
const LIFETIME_SECONDS = 7 * 24 * 3600;

function cookieHeader(request, value, maxAge) {
  const secure = new URL(request.url).protocol === "https:" ? "; Secure" : "";
  return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${secure}`;
}

function readCookie(request) {
  const pairs = (request.headers.get("cookie") ?? "").split(/;\s*/);
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? null;
}

/** The Set-Cookie value that starts a session. */
export async function startSession(request, customer, secret, now = Date.now()) {
  const body = encodeJson({ customer: customer.id, expires: Math.floor(now / 1000) + LIFETIME_SECONDS });
  return cookieHeader(request, `${body}.${await sign(body, secret)}`, LIFETIME_SECONDS);
}

/** The Set-Cookie value that ends a session. */
export const endSession = (request) => cookieHeader(request, "", 0);

/** The signed-in customer, or null for everybody else: no cookie, a forged one, an expired one. */
export async function currentCustomer(request, secret, now = Date.now()) {
  const [body, signature] = readCookie(request)?.split(".") ?? [];
  if (!secret || !body || !signature) return null;
  try {
    if (!(await verify(body, signature, secret))) return null;
    const session = JSON.parse(new TextDecoder().decode(decodeBase64url(body)));
    return session.expires > now / 1000 ? customerById(session.customer) : null;
  } catch {
    return null;
  }
}
