import { encodeJson, sign } from "./signing.js";

const LIFETIME_SECONDS = 3600;

/** A JWT (HS256) with which this server vouches that the visitor is this customer. */
export async function identityToken(customer, secret, now = Date.now()) {
  const issued = Math.floor(now / 1000);
  const header = encodeJson({ alg: "HS256", typ: "JWT" });
  const claims = encodeJson({ sub: customer.id, iat: issued, exp: issued + LIFETIME_SECONDS });
  return `${header}.${claims}.${await sign(`${header}.${claims}`, secret)}`;
}
