// The tag itself. What it decides is decided by `rust` (../../collector); here are the texts of events, the storage, the
// network and the DOM. Nothing here may throw into the page: whatever calls a page's own code, or is called by the browser,
// stands on its own task or in a promise.

import { methods, run } from "./api.js";
import * as capture from "./capture.js";
import * as consent from "./consent.js";
import * as crossing from "./crossing.js";
import * as identity from "./identity.js";
import * as impression from "./impression.js";
import * as live from "./live.js";
import * as overlay from "./overlay.js";
import * as pageView from "./page-view.js";
import * as placement from "./placement.js";
import * as queue from "./queue.js";
import * as reading from "./reading.js";
import * as shared from "./shared.js";
import * as transport from "./transport.js";

/**
 * Takes over from the loader, which gives by place what names would make longer: `rust`, the decisions; `base`, the edge's URL; `part`, which loads what few pages need; `api` (and
 * `before`, a stub that somebody may have kept), the objects that get the methods; `early`, which gives calls of earlier pages;
 * `calls`, those made here so far.
 */
export const start = async (settings, base, rust, part, api, before, early, calls) => {
  if (settings.storage == "none") Object.assign(settings, { device: "token", credentials: "omit" });
  shared.take(settings, base, rust, part);
  capture.load();
  overlay.start();
  live.start();
  crossing.start();
  consent.start();
  await identity.start();
  queue.start();
  transport.start();
  consent.ask();
  impression.start();
  placement.start();
  for (const { page, calls } of early(settings)) for (const { method, args, time } of calls) run(method, args, time, page);
  const say = (words) => [api, before].forEach((target) => target && Object.assign(target, words));
  say(methods);
  // Taken out of the loader's hands: what was run must not be handed on to the next page.
  for (const call of calls.splice(0)) {
    const [method, ...args] = call;
    const result = run(method, args, call.time);
    call.kept?.(result);
  }
  reading.start();
  await capture.startAll();
  say({ status: "ready" });
};
