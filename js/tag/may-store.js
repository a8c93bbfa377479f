// Whether something may be stored before the rest of the tag is there, which alone knows what the source makes of a signal: where
// the visitor has said nothing, only if nobody makes conditions and the browser signals none.

/** By the attributes of the tag's element. */
export const mayStore = ({ consent, gpc, dnt, storage } = {}) => {
  if (storage == "none") return;
  const { globalPrivacyControl, doNotTrack } = navigator;
  const said = /"analytics":(true|false)/.exec(localStorage.getItem("selvedge_consent"))?.[1];
  return said ? said == "true" : !(consent || gpc || dnt || globalPrivacyControl || doNotTrack == "1");
};
