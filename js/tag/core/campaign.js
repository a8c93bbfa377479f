// What the page's URL says of the advertisement that led here.

/** UTM parameters, by the names Segment gives them. */
const CAMPAIGN = { source: "source", medium: "medium", campaign: "name", term: "term", content: "content" };

/** Parameters by which advertising networks know a click: Google, Meta, Microsoft, TikTok, X, LinkedIn, Pinterest, Snapchat,
 *  Reddit, Yandex, Awin, Impact. */
const CLICK_IDS =
  "gclid gbraid wbraid dclid fbclid msclkid ttclid twclid li_fat_id epik ScCid rdt_cid yclid awc irclickid".split(" ");

/** The campaign and the click ids in a query, as `[campaign, clickIds]`; `undefined` for what is not there. */
export const campaignOf = (search) => {
  let campaign;
  let clickIds;
  for (const [parameter, value] of new URLSearchParams(search)) {
    const name = /^utm_/.test(parameter) && CAMPAIGN[parameter.slice(4)];
    if (name) (campaign ||= {})[name] ??= value;
    if (CLICK_IDS.includes(parameter)) (clickIds ||= {})[parameter] ??= value;
  }
  return [campaign, clickIds];
};
