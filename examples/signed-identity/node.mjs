import { createHmac } from "node:crypto";
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const sign = (text, secret) => `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
export const identityToken = (userId, secret, now = Date.now()) =>
  sign(`${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: userId, exp: Math.floor(now / 1000) + 3600 })}`, secret);
