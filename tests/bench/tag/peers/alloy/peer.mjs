// It keeps its events back until an answer has given the visitor an identity, in a cookie that it sets itself.

const COOKIE = "kndctr_0123456789ABCDEF01234567_AdobeOrg";

const answer = (requestId) => ({
  requestId,
  handle: [
    { type: "identity:result", payload: [{ id: "44809014977647551167356491107014304096", namespace: { code: "ECID" } }] },
    {
      type: "state:store",
      payload: [
        { key: `${COOKIE}_identity`, value: "CiY0NDgwOTAxNDk3NzY0NzU1MTE2NzM1NjQ5MTEwNzAxNDMwNDA5Ng", maxAge: 34128000 },
        { key: `${COOKIE}_cluster`, value: "irl1", maxAge: 1800 },
      ],
    },
  ],
});

export default {
  title: "Alloy",
  /** Its own builder takes only what is used; the package doesn't say that this is safe. */
  shaken: true,
  /** It knows no other protocol than https, and no ports. */
  rewrite: {
    file: /injectSendEdgeNetworkRequest\.js$/,
    from: "https://${endpointDomain}",
    to: "${new URL(import.meta.url).origin}",
  },
  answer: ({ search }) => ({ body: JSON.stringify(answer(new URLSearchParams(search).get("requestId"))) }),
};
