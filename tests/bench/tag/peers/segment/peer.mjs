// The settings are those of a source without destinations at Segment's CDN, with the address of the sink.

const settings = (origin) => {
  const here = { apiHost: `${new URL(origin).host}/v1`, protocol: "http" };
  return {
    integrations: { "Segment.io": { apiKey: "key", addBundledMetadata: true, maybeBundledConfigIds: {}, unbundledIntegrations: [], ...here } },
    plan: { track: { __default: { enabled: true, integrations: {} } } },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0.1, host: here.apiHost, protocol: here.protocol },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  };
};

export default {
  title: "Segment",
  settings: ({ path, origin }) => path.endsWith("/settings") && { body: JSON.stringify(settings(origin)) },
  answer: () => ({ body: '{"success":true}' }),
};
