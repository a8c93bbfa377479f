// Its own bundle, which is also what its snippet loads.
import * as amplitude from "@amplitude/analytics-browser/lib/scripts/amplitude-min.umd.js";

export function start(origin) {
  const { promise } = amplitude.init("key", {
    serverUrl: `${origin}/2/httpapi`,
    remoteConfig: { serverUrl: `${origin}/config` },
    autocapture: { pageViews: false },
  });
  return {
    page: (properties) => amplitude.track("[Amplitude] Page Viewed", properties),
    track: (event, properties) => amplitude.track(event, properties),
    ready: promise,
  };
}
