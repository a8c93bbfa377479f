// With its plugins: without them it loads these from RudderStack's CDN, and the package doesn't have them apart.
import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";

export function start(origin) {
  const analytics = new RudderAnalytics();
  analytics.load("key", origin, { configUrl: origin });
  return {
    page: (properties) => analytics.page(properties),
    track: (event, properties) => analytics.track(event, properties),
    ready: new Promise((done) => analytics.ready(done)),
  };
}
