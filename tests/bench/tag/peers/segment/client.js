// Its own bundle, in which what is seldom needed stays apart, as in the one that its snippet loads.
import { AnalyticsBrowser } from "@segment/analytics-next/dist/umd/index.js";

export function start(origin) {
  const analytics = AnalyticsBrowser.load({ writeKey: "key", cdnURL: origin });
  return {
    page: (properties) => analytics.page(properties),
    track: (event, properties) => analytics.track(event, properties),
    ready: analytics.ready(),
  };
}
