// Without session recording, which is most of the whole package.
import mixpanel from "mixpanel-browser/src/loaders/loader-module-core";

export function start(origin) {
  const ready = new Promise((loaded) => mixpanel.init("key", { api_host: origin, loaded }));
  return {
    page: (properties) => mixpanel.track_pageview(properties),
    track: (event, properties) => mixpanel.track(event, properties),
    ready,
  };
}
