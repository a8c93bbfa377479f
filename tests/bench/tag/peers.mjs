// Who is measured. A client's folder has `client.js`, how a page loads and configures it as its documentation says, and
// `peer.mjs`, what its server answers.

export const OURS = "selvedge";
const PEERS = [
  "segment", "rudderstack", "snowplow", "alloy", "posthog", "jitsu", "amplitude", "mixpanel", "plausible",
];

/** Ours first, then all peers, or `only` these. */
export async function peers(only) {
  const unknown = only?.find((name) => name !== OURS && !PEERS.includes(name));
  if (unknown) throw new Error(`no peer is called ${unknown}; there are ${PEERS.join(", ")}`);
  const names = [OURS, ...PEERS.filter((name) => !only || only.includes(name))];
  return Promise.all(names.map(async (name) => ({ name, ...(await import(`./peers/${name}/peer.mjs`)).default })));
}
