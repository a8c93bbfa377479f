import { problem } from "../response.js";
import { login, logout } from "./login.js";
import { placeOrder } from "./orders.js";

const ENDPOINTS = { "/api/login": login, "/api/logout": logout, "/api/orders": placeOrder };
const LONGEST_BODY = 64 * 1024;

async function readInput(request) {
  if (!request.headers.get("content-type")?.startsWith("application/json")) return null;
  const body = await request.text();
  if (body.length > LONGEST_BODY) return null;
  try {
    const input = JSON.parse(body);
    return input !== null && typeof input === "object" ? input : null;
  } catch {
    return null;
  }
}

/** Other sites' pages may not act for our visitors. Old browsers don't send the header; the cookie's SameSite covers them. */
const fromOurPages = (request) => ["same-origin", "none", null].includes(request.headers.get("sec-fetch-site"));

export async function answerApi(request, env, path) {
  const endpoint = ENDPOINTS[path];
  if (!endpoint) return problem(404, "not_found", "There is nothing here.");
  if (request.method !== "POST") return problem(405, "method_not_allowed", "Use POST.");
  if (!fromOurPages(request)) return problem(403, "other_origin", "This can only be done on our own pages.");
  const input = await readInput(request);
  return input ? endpoint(request, env, input) : problem(400, "invalid_request", "Send a JSON object.");
}
