export default {
  title: "Snowplow",
  answer: () => ({ body: "ok", headers: { "content-type": "text/plain" } }),
};
