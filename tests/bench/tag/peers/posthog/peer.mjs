// The configuration is that of a project without flags, surveys or recordings.

const config = {
  token: "key",
  supportedCompression: ["gzip", "gzip-js"],
  hasFeatureFlags: false,
  captureDeadClicks: false,
  capturePerformance: false,
  autocapture_opt_out: false,
  autocaptureExceptions: false,
  analytics: { endpoint: "/i/v0/e/" },
  elementsChainAsString: true,
  sessionRecording: false,
  heatmaps: false,
  surveys: false,
  defaultIdentifiedOnly: true,
};

const script = `(function () {
  window._POSTHOG_REMOTE_CONFIG = window._POSTHOG_REMOTE_CONFIG || {};
  window._POSTHOG_REMOTE_CONFIG["key"] = { config: ${JSON.stringify(config)}, siteApps: [] };
})()`;

export default {
  title: "PostHog",
  settings({ path }) {
    if (path === "/array/key/config.js") return { body: script, headers: { "content-type": "text/javascript" } };
    return /^\/(array\/key\/config|flags)/.test(path) && { body: JSON.stringify(config) };
  },
  answer: () => ({ body: '{"status":"Ok"}' }),
};
