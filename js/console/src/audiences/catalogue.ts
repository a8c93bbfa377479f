import { api, type Schema } from "../api/client";

export interface Catalogue {
  events: string[];
  properties: (event: string) => Schema<"SeenField">[];
  traits: Schema<"SeenField">[];
  /** What a property was, where that is told. */
  values: (property: string) => string[];
  placements: { name: string; pages: string[] }[];
  isKnown: boolean;
}

/** What the engine works out for every person, beside what they were told. */
const COMPUTED = ["orders", "revenue", "averageOrder", "cart.value", "cart.quantity", "events", "firstOrderAt", "lastOrderAt", "categories", "lastOrder.products"];

/** What is known of the request that asks. */
export const CONTEXT = [
  "device", "browser", "os", "bot", "country", "region", "city", "local.hour", "local.weekday", "page.path", "page.url", "referrer",
  "utm.source", "utm.medium", "utm.campaign", "visit.pages", "visit.first", "visit.entry.page.path", "visit.entry.referrer",
];

const USUAL = ["Page", "Product Viewed", "Product Added", "Product Removed", "Checkout Started", "Order Completed"];

/** The names that are really in use. Without them anything can be written all the same. */
export function useCatalogue(): Catalogue {
  const { data } = api.useQuery("get", "/v1/catalogue", {}, { refetchInterval: 30_000 });
  const seen = (data?.events ?? []).map(({ name }) => name);
  const computed = COMPUTED.map((name) => ({ name: `computed.${name}`, holds: "number" as const, first: "", last: "", count: 0 }));
  return {
    events: [...seen, ...USUAL.filter((name) => !seen.includes(name))],
    properties: (event) => data?.events.find(({ name }) => name === event)?.properties ?? [],
    traits: [...(data?.traits ?? []), ...computed],
    values: (property) => (data?.values[property] ?? []).map(({ name }) => name),
    placements: (data?.placements ?? []).map(({ name, pages }) => ({ name, pages: pages.map(({ path }) => path) })),
    isKnown: data !== undefined,
  };
}
