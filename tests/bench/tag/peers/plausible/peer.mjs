export default {
  title: "Plausible",
  /** How long a page was read is told with the properties of its page view. */
  counts: ({ n }) => n !== "engagement",
  answer: () => ({ status: 202, body: "ok", headers: { "content-type": "text/plain" } }),
};
