// Why something may not be captured on this page, in sentences.

import { isOnPage } from "../pages.js";

const count = (selector) => {
  try {
    return document.querySelectorAll(selector).length;
  } catch {
    return "no browser can read this selector, so 0";
  }
};

const ofRule = ({ on = "click", selector, pages, event }) =>
  `Mapping “${event}” (${on} ${selector}): ${isOnPage(pages) ? `${count(selector)} on this page` : `not on this page, only on ${pages}`}.`;

/** The signals that this browser sends: each by its name, and who takes it for a no, if somebody does. */
const signals = ({ settings, config }) =>
  [["gpc", navigator.globalPrivacyControl, "Global Privacy Control"], ["dnt", navigator.doNotTrack == "1", "Do Not Track"]]
    .filter(([, sent]) => sent)
    .map(([name, , title]) => ({ title, by: settings[name] == "refuse" ? "the page" : config.settings[name] == "refuse" ? "the source" : undefined }));

const ofSignal = ({ title, by }) =>
  `This browser sends ${title}; ${by ? "that is a no until the visitor says yes" : "the edge heeds it"}.`;

/** What everything waits for, by `data-consent`. */
const WAITING = {
  required: "the page requires a choice of the visitor, by consent()",
  cmp: "the page's consent platform has not said what the visitor chose",
  place: "where this visitor is, the law asks first, or the edge has not said yet what it does; consent() says what they chose",
};

/** Whether events are recorded, and if not, why. `said`: the visitor's words and their consent platform's. */
const recording = ({ status, said, settings, config }) => {
  if (status == 0) return "Events are recorded.";
  if (status == 1) return `Events wait in memory: ${WAITING[settings.consent] ?? "the source has not said what the browser's signal means"}.`;
  const signal = signals({ settings, config }).find(({ by }) => by);
  const who =
    said?.categoryPreferences?.analytics === false ? "the visitor has said no, by consent()"
    : signal ? `the browser sends ${signal.title}, which ${signal.by} takes for a no`
    : "the page's consent platform says no";
  return `Nothing is recorded: ${who}.`;
};

/** Whether the browser keeps from the edge by what that knows the visitor. */
const isStranger = ({ base, settings }) =>
  new URL(base, location).origin != location.origin && settings.device != "token" && settings.credentials != "include";

const STRANGER = 'The edge is on another origin and gets no cookie from here, so no decision is this visitor\'s: data-credentials="include" on a subdomain, ' +
  'data-device="token" on another site, and the page among the source\'s origins.';

/** What holds on this page, the most important first. */
export const findings = ({ base, status, said, settings, config }) => [
  recording({ status, said, settings, config }),
  ...(isStranger({ base, settings }) ? [STRANGER] : []),
  ...signals({ settings, config }).map(ofSignal),
  config.version ? `Config ${config.version}.` : "The edge has not answered yet: no config is known.",
  settings.pageViews == "manual" ? "Page views are left to the page: it calls page()." : "Page views are automatic.",
  Array.isArray(window.dataLayer)
    ? "What is pushed to dataLayer is heard."
    : "There is no dataLayer: what Google Analytics is told is not heard. It has to be there when the page has loaded.",
  settings.capture ? `Captured, too: ${settings.capture}.` : "No links, forms, engagement, errors, products, orders or vitals: data-capture asks for none.",
  `Marked elements: ${count("[data-selvedge-event]")}. Placements: ${count("[data-selvedge-placement]")}.`,
  ...(config.settings.mapping ?? []).map(ofRule),
];
