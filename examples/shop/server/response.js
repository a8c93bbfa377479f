/** Responses of the shop's own pages and API. */

// The tag needs 'wasm-unsafe-eval'; offers may be styled in place, hence inline styles.
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "base-uri 'self'",
  "form-action 'self'",
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
