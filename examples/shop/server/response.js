/** Responses of the shop's own pages and API. */

// The strictest that docs/trust.md has for a site: the tag needs 'wasm-unsafe-eval' and its own Trusted Types policy; offers may be
// styled in place, hence inline styles.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types selvedge",
].join("; ");

/** A page. It depends on who is signed in, so it is never kept by a shared cache. */
export const page = (body, status = 200) =>
  new Response(`${body}`.trimStart(), {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "private, no-cache",
      "content-security-policy": POLICY,
      "referrer-policy": "strict-origin-when-cross-origin",
      "x-content-type-options": "nosniff",
    },
  });

export const json = (value, status = 200, headers = {}) =>
  Response.json(value, { status, headers: { "cache-control": "no-store", ...headers } });

/** An error of the shop's API: a code for programs, a message for people. */
export const problem = (status, code, message, more = {}) => json({ error: { code, message, ...more } }, status);

export const redirect = (location) => new Response(null, { status: 303, headers: { location } });

export const svg = (body) =>
  new Response(body, { headers: { "content-type": "image/svg+xml", "cache-control": "public, max-age=86400" } });
