import { newTracker, trackPageView, trackSelfDescribingEvent } from "@snowplow/browser-tracker";

export function start(origin) {
  newTracker("shop", origin, { appId: "shop" });
  const entity = (name, data) => ({ schema: `iglu:org.example/${name}/jsonschema/1-0-0`, data });
  return {
    page: (properties) => trackPageView({ context: [entity("view", properties)] }),
    track: (event, properties) =>
      trackSelfDescribingEvent({ event: entity(event.toLowerCase().replaceAll(" ", "_"), properties) }),
    ready: undefined,
  };
}
