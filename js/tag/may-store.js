// The tag's one door to what the browser keeps: every read and write of its storage and its cookies goes through `browser`.

/** Runs `work`, which reads or writes there, unless the page wants nothing kept (`data-storage="none"`), the browser blocks it, or it is
 *  full. */
export const browser = ({ storage } = {}, work) => {
  try {
    if (storage != "none") return work();
  } catch {}
};

/**
 * Whether something may be stored before the rest of the tag is there, which alone knows what the source makes of a signal: where
 * the visitor has said nothing, only if nobody makes conditions and the browser signals none. By the attributes of the tag's element.
 */
export const mayStore = (settings) =>
  browser(settings, () => {
    const { consent, gpc, dnt } = settings ?? {};
    const { globalPrivacyControl, doNotTrack } = navigator;
    const said = /"analytics":(true|false)/.exec(localStorage.getItem("selvedge_consent"))?.[1];
    return said ? said == "true" : !(consent || gpc || dnt || globalPrivacyControl || doNotTrack == "1");
  });
