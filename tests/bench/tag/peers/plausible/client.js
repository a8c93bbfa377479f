import { init, track } from "@plausible-analytics/tracker";

export function start(origin) {
  init({ domain: "shop.example", endpoint: `${origin}/api/event`, autoCapturePageviews: false });
  return {
    page: (props) => track("pageview", { props }),
    track: (event, props) => track(event, { props }),
    ready: undefined,
  };
}
