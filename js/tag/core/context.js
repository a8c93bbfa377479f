// The `context` of events: what they share with the others of a task (where they happened), and what all events of a
// request share (the browser they come from).

import { pageNow } from "../page.js";
import { campaignOf } from "./campaign.js";
import { words } from "./consent.js";
import { arrived } from "./crossing.js";
import { rust, settings } from "./shared.js";
import { getJson, set } from "./storage.js";

/** What led here: the document's referrer, or the previous URL after a move within the page. */
let referrer;
/** The context of the current task as JSON text. */
let text;

/** True for an application whose pages differ by the fragment of their URLs. */
export const isHashed = () => settings.pageViews == "hash";

/** The page as events of this moment describe it. */
export const here = () => {
  const page = pageNow(referrer);
  if (isHashed()) page.path += location.hash;
  return page;
};

const SESSION = "selvedge_session";

/** The session: when it began (Unix milliseconds), for all tabs. What is stored is that, the last event, and what led here. */
const sessionOf = (led) => {
  const now = Date.now();
  const came = led.some(Boolean) ? JSON.stringify(led) : undefined;
  let [id, last, source] = getJson(SESSION, [0, 0]);
  const begins = rust.session(now, last, came != null && came != source);
  if (begins) id = now;
  // A minute more or less decides nothing, and a write for each event costs.
  if (begins || now - last > 60000) set(SESSION, JSON.stringify([id, now, came ?? source]));
  return id;
};

export const contextOf = (page = here()) => {
  const led = campaignOf(page.search);
  return { campaign: led[0], clickIds: led[1], sessionId: sessionOf(led), page, handover: arrived() };
};

/** The context as text: made once for all events of a task. */
export const contextText = (page) => (page ? JSON.stringify(contextOf(page)) : (text ||= JSON.stringify(contextOf())));

/** The task is over, or the page has moved; `from`: what led to where it is now. */
export const forgetContext = (from = referrer) => {
  referrer = from;
  text = "";
};

/** What all events of a request share. */
export const ofBatch = () => ({
  library: { name: "selvedge-tag", version: __VERSION__ },
  locale: navigator.language,
  // The request's header has it.
  userAgent: true,
  webdriver: navigator.webdriver || undefined,
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  consent: words(),
});
