// The configuration is that of a source without destinations, which reports neither errors nor metrics to RudderStack.

const off = { enabled: false };
const source = {
  id: "shop", name: "Shop", writeKey: "key", enabled: true, workspaceId: "shop",
  config: { statsCollection: { errors: off, metrics: off } },
  destinations: [],
};

export default {
  title: "RudderStack",
  settings: ({ path }) => path.startsWith("/sourceConfig") && { body: JSON.stringify({ source }) },
  answer: () => ({ body: '"OK"' }),
};
