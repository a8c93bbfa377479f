// Page views: the first load, the moves of single-page applications, returns from the back/forward cache.

import { endView } from "./capture.js";
import { forgetContext, here, isHashed } from "./context.js";
import { record } from "./event.js";
import { newPageView } from "./impression.js";
import { settlePending } from "./queue.js";
import { newView } from "./reading.js";
import { rust, settings } from "./shared.js";
import { wake } from "./transport.js";

/** The URL of the last page view, without its fragment if that is no page of its own, and its path. */
let url;
let path;
/** Page views of moves in the current task: the page sets its title after it changes the URL. */
let unsettled = [];
/** Whether there was a page view: before the first one there is none to end. */
let isViewed;

const urlNow = () => (isHashed() ? location.href : location.href.split("#")[0]);
const isManual = () => settings.pageViews == "manual";

/** Records a page view. Gives a promise of its message id. */
export const view = (name, properties, options, time = Date.now(), page = here()) => {
  newPageView();
  newView();
  if (isViewed) endView();
  isViewed = 1;
  rust.want();
  return record("page", { name, properties: { ...page, ...properties } }, options, time, page);
};

/** Records the page views of the finished task, with the title they have now. */
export const settle = () => {
  for (const [page, time] of unsettled.splice(0)) {
    page.title = document.title;
    view(undefined, undefined, undefined, time, page);
  }
};

/** The URL may have changed: a page view, unless only its fragment did or nothing at all. */
const moved = () => {
  const previous = url;
  url = urlNow();
  path = here().path;
  if (url == previous) return;
  forgetContext(previous);
  if (isManual()) return;
  if (unsettled.push([here(), Date.now()]) == 1) setTimeout(settle);
};

/** The URL was corrected: a page view only when its path changed, because filters and tabs live in the query. */
const replaced = () => {
  if (here().path != path) return moved();
  url = urlNow();
  forgetContext();
};

const wrap = (method, after) => {
  const original = history[method];
  history[method] = function (...args) {
    settlePending();
    const result = original.apply(this, args);
    after();
    return result;
  };
};

/** Begins with the first page view, of a page that was opened at `time`; `page`, if not this one. */
export const opened = (time, page) => {
  if (!page) {
    url = urlNow();
    path = here().path;
    wrap("pushState", moved);
    wrap("replaceState", replaced);
    addEventListener("popstate", moved, true);
    // A page that comes back from the back/forward cache is a page view; nothing in it ran again.
    addEventListener("pageshow", ({ persisted }) => persisted && !isManual() && view(), true);
  }
  if (isManual()) wake();
  else view(undefined, undefined, undefined, time, page);
};
