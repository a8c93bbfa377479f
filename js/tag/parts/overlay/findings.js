// Why something may not be captured on this page, in sentences.

import { isOnPage } from "../pages.js";

const STATUS = [
  "Events are recorded.",
  "Events wait in memory: the page requires a choice of the visitor, by consent() or its consent platform, or the source has not said what the browser's signal means.",
  "Nothing is recorded: the visitor, or the browser's signal, says no.",
];

const count = (selector) => {
  try {
    return document.querySelectorAll(selector).length;
  } catch {
    return "no browser can read this selector, so 0";
  }
};

const ofRule = ({ on = "click", selector, pages, event }) =>
  `Mapping “${event}” (${on} ${selector}): ${isOnPage(pages) ? `${count(selector)} on this page` : `not on this page, only on ${pages}`}.`;

const ofSignals = ({ settings, config }) =>
  [["gpc", navigator.globalPrivacyControl, "Global Privacy Control"], ["dnt", navigator.doNotTrack == "1", "Do Not Track"]]
    .filter(([, sent]) => sent)
    .map(([name, , title]) => {
      const refuses = [settings[name], config.settings[name]].includes("refuse");
      return `This browser sends ${title}; ${refuses ? "that is a no until the visitor says yes" : "the edge heeds it"}.`;
    });

/** What holds on this page, the most important first. */
export const findings = ({ status, settings, config }) => [
  STATUS[status],
  ...ofSignals({ settings, config }),
  config.version ? `Config ${config.version}.` : "The edge has not answered yet: no config is known.",
  settings.pageViews == "manual" ? "Page views are left to the page: it calls page()." : "Page views are automatic.",
  Array.isArray(window.dataLayer)
    ? "What is pushed to dataLayer is heard."
    : "There is no dataLayer: what Google Analytics is told is not heard. It has to be there when the page has loaded.",
  settings.capture ? `Captured, too: ${settings.capture}.` : "No links, forms, engagement, errors, products or vitals: data-capture asks for none.",
  `Marked elements: ${count("[data-selvedge-event]")}. Placements: ${count("[data-selvedge-placement]")}.`,
  ...(config.settings.mapping ?? []).map(ofRule),
];
