// The visitor's choices, as Segment's `categoryPreferences`. What may be done under them: collector/src/consent.rs.

import * as answer from "./answer.js";
import { arrived } from "./crossing.js";
import { track } from "./event.js";
import { anonymousId, forgetAll, writeCookie } from "./identity.js";
import { forgetDecisions } from "./placement.js";
import { dropAll } from "./queue.js";
import { log, part, rust, settings } from "./shared.js";
import { getJson, persist, set } from "./storage.js";
import { post, settleWaiters, wake } from "./transport.js";

export const GRANTED = 0;
export const HELD = 1;
export const DENIED = 2;

const KEY = "selvedge_consent";
const CHOICES = { true: 1, false: 0 };

/** The choices made so far, if any was. */
let preferences;
/** What the page's consent platform says: its own strings, for the edge to read, and whether it allows analytics. */
let platform;
export let status;

/** `context.consent`, if anything was said. */
export const words = () => {
  if (!preferences && !platform) return;
  const { analytics, ...said } = platform || {};
  return { categoryPreferences: preferences, ...said };
};

/** Milliseconds for which the source's word on signals counts: who is refused by it sends nothing, and hears of no other. */
const DAY = 86400000;

/** The browser signals something, or the page leaves it to where it is seen, and what the source makes of that is not known. */
let isUnknown;

// `data-gpc="refuse"`, `data-dnt="refuse"`, or the same of the source: the browser's signal is taken for a no. Otherwise it is the
// edge's to heed, which sees it on every request.
const decide = () => {
  const { globalPrivacyControl, doNotTrack } = navigator;
  const said = answer.config();
  const refuses = ({ gpc, dnt }) => (gpc == "refuse" && globalPrivacyControl) || (dnt == "refuse" && doNotTrack == "1");
  const isStale = Date.now() - said.at > DAY;
  const isRefused = refuses(settings) || (!isStale && refuses(said.settings));
  const { consent } = settings;
  isUnknown = isStale && (globalPrivacyControl || doNotTrack == "1" || consent == "place");
  const isRequired = isUnknown || (consent == "place" ? said.settings.consent : consent);
  status = rust.consent(CHOICES[preferences?.analytics ?? platform?.analytics] ?? -1, !!isRefused, !!isRequired);
};

export const start = () => {
  preferences = getJson(KEY);
  decide();
  persist(status == GRANTED);
  if (settings.consent == "cmp")
    part(__CMP__).then(({ listen }) => listen(hear, log)).catch(() => {});
};

/** Asks the source what a signal means, if that is all there is to wait for: nothing is stored or sent before. */
export const ask = async () => {
  if (!isUnknown || status != HELD || (settings.consent || "place") != "place") return;
  const [, , said] = await post(JSON.stringify({ writeKey: settings.writeKey, minConfig: 0, batch: [] }));
  if (!said.success) return log("skipped", "nobody says what the browser's signal means");
  answer.learn(said);
  if (status == HELD) {
    decide();
    act(HELD);
  }
};

/** Does what follows from the status, which was `before`. */
const act = (before) => {
  if (status == GRANTED) {
    persist(true);
    // Whoever has said no was forgotten: what a cookie may still say of them does not count.
    if (before == DENIED) {
      anonymousId();
      arrived();
    }
    writeCookie();
  }
  if (status == DENIED) {
    persist(false);
    if (before == HELD) dropAll();
    forgetAll();
    forgetDecisions();
    settleWaiters();
  }
  wake();
};

/** Acts on a word on analytics that `say` makes count, and tells the edge of it if it is a choice made now. */
const change = (analytics, say, isChoice, time) => {
  const before = status;
  const tell = () => isChoice && track("Segment Consent Preference Updated", {}, undefined, time);
  // The edge learns of a withdrawal by a last event, recorded while recording is still allowed. A visitor who never agreed
  // has sent nothing, so there is nothing to withdraw.
  if (analytics === false && before == GRANTED) tell();
  say();
  decide();
  act(before);
  if (status == GRANTED) tell();
  if (status == DENIED) answer.forget();
};

/** Adds choices to the earlier ones. */
export const update = (given, time) => {
  const merged = { ...preferences, ...given };
  set(KEY, JSON.stringify(merged), 1);
  change(merged.analytics, () => (preferences = merged), 1, time);
};

/** The page's consent platform says something. */
const hear = (said, isChoice) => change(said.analytics, () => (platform = said), isChoice);
