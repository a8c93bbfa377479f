/** The shop's own server. It draws the pages and pictures, signs customers in and takes orders. */

import { answerApi } from "./server/api/index.js";
import { answerArt } from "./server/art/index.js";
import { layout } from "./server/layout.js";
import { notFound } from "./server/pages/not-found.js";
import { renderPage } from "./server/pages/index.js";
import { page, problem } from "./server/response.js";
import { currentCustomer } from "./server/session.js";

/** The paths that belong to Selvedge. On the shop's own origin its cookie is a first-party cookie. */
const isSelvedge = (path, env) =>
  path === "/tag.js" || path.startsWith("/tag/") || path.startsWith("/v1/") || (env.WITH_CONSOLE && isConsole(path));

const isConsole = (path) => path === "/console" || path.startsWith("/console/");

/** Hands the request on unchanged. The shop works without it, so its failures stay on these paths. */
async function forward(request, env) {
  try {
    return await env.SELVEDGE.fetch(request);
  } catch {
    return new Response("Selvedge is not reachable.", {
      status: 503,
      headers: { "retry-after": "5", "cache-control": "no-store" },
    });
  }
}

async function answerPage(request, env, url) {
  if (request.method !== "GET" && request.method !== "HEAD") return problem(405, "method_not_allowed", "Use GET.");
  const visit = { url, customer: await currentCustomer(request, env.SESSION_SECRET) };
  const view = renderPage(visit) ?? notFound();
  return view instanceof Response ? view : page(layout(view, visit), view.status);
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const path = url.pathname;
    if (isSelvedge(path, env)) return forward(request, env);
    if (path.startsWith("/api/")) return answerApi(request, env, path);
    return answerArt(path) ?? answerPage(request, env, url);
  },
};
