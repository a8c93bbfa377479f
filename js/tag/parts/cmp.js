// `data-consent="cmp"`: what the page's consent platform says, by the interfaces that platforms share: the IAB's `__tcfapi` and
// `__gpp`, and Google's Consent Mode in the `dataLayer`. What their strings mean the edge knows; here is only read whether anything
// may be kept and sent at all.

/** Milliseconds after the page has loaded for which a platform is waited for. Where none has come by then, none is heard any more: the
 *  page itself may still say what the visitor chose, by `consent()`. */
const LATEST = 60000;

/** Calls `hear(said, isChoice)` with what they say together: their words as the wire has them (`tcf`, `gpp`, `google`), and `analytics`,
 *  which is `undefined` until all have an answer. `isChoice`: the visitor has made one just now. `log` is told if nobody comes. */
export const listen = (hear, log) => {
  /** By interface `[word, whether it allows analytics]`. */
  const said = {};
  const say = (name, word, analytics, isChoice) => {
    said[name] = [word, analytics];
    const answers = Object.values(said).map(([, analytics]) => analytics);
    const all = answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
    const words = Object.entries(said).map(([name, [word]]) => [name, word]);
    hear({ analytics: all, ...Object.fromEntries(words) }, isChoice);
  };
  // To store anything is the framework's first purpose, to measure content its eighth, which may rest on a legitimate interest.
  const allows = (consents, interests, first) => !!consents?.[first] && !!(consents[first + 7] || interests?.[first + 7]);

  const tcf = ({ gdprApplies, eventStatus, tcString, purpose } = {}, isKnown) => {
    if (!isKnown) return;
    if (gdprApplies === false) say("tcf", undefined, true);
    else if (/^(tcloaded|useractioncomplete)$/.test(eventStatus))
      say("tcf", tcString, allows(purpose?.consents, purpose?.legitimateInterests, 1), eventStatus == "useractioncomplete");
  };

  const gpp = ({ eventName, pingData = {} } = {}, isKnown) => {
    const { signalStatus, gppString, parsedSections } = pingData;
    if (!isKnown || signalStatus != "ready") return;
    const [eu] = [parsedSections?.tcfeuv2].flat();
    // The other sections say what was objected to, and none of them objects to a site's own records.
    const allowed = !eu || allows(eu.PurposeConsents, eu.PurposeLegitimateInterests, 0);
    say("gpp", gppString, allowed, eventName == "signalStatus" && !!said.gpp?.[0]);
  };

  const storages = {};
  let updated;
  let isNew;
  const google = (item) => {
    if (item?.[0] != "consent" || typeof item[2] != "object") return;
    const isUpdate = item[1] == "update";
    for (const [name, value] of Object.entries(item[2] || {}))
      // Of defaults for several regions, the strictest: where the page is seen is not known here.
      if (/_/.test(name) && typeof value == "string" && (isUpdate || storages[name] != "denied")) storages[name] = value;
    updated ||= isUpdate;
    // The next call may say the rest: what a script says is heard at its end.
    if (!isNew) Promise.resolve().then(tellGoogle);
    isNew = isUpdate ? 2 : isNew || 1;
  };
  const tellGoogle = () => {
    const { analytics_storage: analytics } = storages;
    const isChoice = isNew == 2;
    isNew = 0;
    say("google", { ...storages }, analytics == "granted" ? true : updated ? false : undefined, isChoice);
  };

  const listening = {};
  const began = (name) => !listening[name] && (listening[name] = 1);
  const look = () => {
    const { __tcfapi, __gpp, dataLayer } = window;
    if (__tcfapi && began("tcf")) {
      say("tcf");
      __tcfapi("addEventListener", 2, tcf);
    }
    if (__gpp && began("gpp")) {
      say("gpp");
      __gpp("addEventListener", gpp);
    }
    if (Array.isArray(dataLayer) && began("google")) {
      const { push } = dataLayer;
      dataLayer.push = function (...items) {
        const result = push.apply(this, items);
        items.forEach(google);
        return result;
      };
      dataLayer.forEach(google);
    }
    if (document.readyState != "complete") return;
    if (Object.keys(said)[0]) end();
    else
      last ||= setTimeout(() => {
        end();
        log("skipped", "no consent platform has come, so nothing is recorded before consent() is called");
      }, LATEST);
  };
  // A platform is a script: it is there when that has loaded, or when the page has grown by it.
  let last;
  const growth = new MutationObserver(look);
  const end = () => {
    clearTimeout(last);
    growth.disconnect();
    document.removeEventListener("load", look, true);
  };
  growth.observe(document, { childList: true, subtree: true });
  document.addEventListener("load", look, true);
  addEventListener("load", look);
  look();
};
