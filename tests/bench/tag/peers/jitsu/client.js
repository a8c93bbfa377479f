import { jitsuAnalytics } from "@jitsu/js";

export function start(origin) {
  const analytics = jitsuAnalytics({ host: origin, writeKey: "key:secret" });
  return {
    page: (properties) => analytics.page(properties),
    track: (event, properties) => analytics.track(event, properties),
    ready: undefined,
  };
}
