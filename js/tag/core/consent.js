// The visitor's choices, as Segment's `categoryPreferences`. What may be done under them: collector/src/consent.rs.

import * as answer from "./answer.js";
import { track } from "./event.js";
import { forgetAll, writeCookie } from "./identity.js";
import { forgetDecisions } from "./placement.js";
import { dropAll } from "./queue.js";
import { rust, settings } from "./shared.js";
import { getJson, persist, set } from "./storage.js";
import { settleWaiters, wake } from "./transport.js";

export const GRANTED = 0;
export const HELD = 1;
export const DENIED = 2;

const KEY = "selvedge_consent";
const CHOICES = { true: 1, false: 0 };

/** The choices made so far, if any was. */
export let preferences;
export let status;

// `data-gpc="refuse"`, `data-dnt="refuse"`: the site takes the browser's signal for a no. Otherwise the signal is the edge's to
// heed, which sees it on every request.
const refusedBySignal = () =>
  (settings.gpc == "refuse" && navigator.globalPrivacyControl) || (settings.dnt == "refuse" && navigator.doNotTrack == "1");

const decide = () =>
  (status = rust.consent(CHOICES[preferences?.analytics] ?? -1, !!refusedBySignal(), settings.consent == "required"));

export const start = () => {
  preferences = getJson(KEY);
  persist(decide() == GRANTED);
};

/** Adds choices to the earlier ones, tells the edge, and acts on them. */
export const update = (given, time) => {
  const before = status;
  const merged = { ...preferences, ...given };
  set(KEY, JSON.stringify(merged), 1);
  const tell = () => track("Segment Consent Preference Updated", {}, undefined, time);
  // The edge learns of a withdrawal by a last event, recorded while recording is still allowed. A visitor who never agreed
  // has sent nothing, so there is nothing to withdraw.
  if (merged.analytics === false && before == GRANTED) tell();
  preferences = merged;
  decide();
  if (status == GRANTED) {
    persist(true);
    writeCookie();
    tell();
  }
  if (status == DENIED) {
    persist(false);
    if (before == HELD) dropAll();
    forgetAll();
    answer.forget();
    forgetDecisions();
    settleWaiters();
  }
  wake();
};
