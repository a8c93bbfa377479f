import posthog from "posthog-js";

export function start(origin) {
  const ready = new Promise((loaded) =>
    posthog.init("key", {
      api_host: origin,
      defaults: "2026-01-30",
      capture_pageview: false,
      // Their code is loaded even where the project has none.
      disable_surveys: true,
      // Beyond ten events in a second it drops what comes: then that would be measured.
      rate_limiting: { events_per_second: 1000, events_burst_limit: 10_000 },
      loaded,
    }),
  );
  return {
    page: (properties) => posthog.capture("$pageview", properties),
    track: (event, properties) => posthog.capture(event, properties),
    ready,
  };
}
