/** HMAC-SHA256 signatures, for the session cookie and the identity token. */

const encoder = new TextEncoder();

export const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

export const encodeJson = (value) => base64url(encoder.encode(JSON.stringify(value)));

export function decodeBase64url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

const keyFor = (secret, use) =>
  crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [use]);

export async function sign(text, secret) {
  const key = await keyFor(secret, "sign");
  return base64url(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))));
}

/** Compares in constant time. Throws when the signature is not base64url. */
export async function verify(text, signature, secret) {
  const key = await keyFor(secret, "verify");
  return crypto.subtle.verify("HMAC", key, decodeBase64url(signature), encoder.encode(text));
}
