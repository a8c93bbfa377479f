// What the page's URL says of the advertisement that led here.

/** Parameters by which advertising networks know a click: Google, Meta, Microsoft, TikTok, X, LinkedIn, Pinterest, Snapchat,
 *  Reddit, Yandex, Awin, Impact. */
const CLICK_IDS =
  "gclid gbraid wbraid dclid fbclid msclkid ttclid twclid li_fat_id epik ScCid rdt_cid yclid awc irclickid";

/** What a query says under these names, the first of each; `undefined` if nothing. */
const said = (query, names, prefix = "") => {
  const found = names.split(" ").filter((name) => query.has(prefix + name));
  // Segment gives the campaign itself another name.
  return found[0] && Object.fromEntries(found.map((name) => [name == "campaign" ? "name" : name, query.get(prefix + name)]));
};

/** The campaign and the click ids in a query, as `[campaign, clickIds]`; `undefined` for what is not there. */
export const campaignOf = (search) => {
  const query = new URLSearchParams(search);
  return [said(query, "source medium campaign term content", "utm_"), said(query, CLICK_IDS)];
};
