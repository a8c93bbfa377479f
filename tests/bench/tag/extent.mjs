// How much is measured. A quick run shows that all of it works, and nothing else: its clients stand in one another's way.

/**
 * `runs` of each measure; `calls` of `track`; `tries` of each way to lose an event; `patienceMs`, how long a page waits
 * for what is late; `outageMs`, how long the server is out of order; `atOnce`, how many clients are measured together.
 */
export const FULL = {
  runs: { size: 1, session: 3, ready: 3, calls: 2 },
  atOnce: { size: 1, session: 3, ready: 1, calls: 1 },
  calls: 1_000,
  tries: 20,
  outageMs: 5_000,
  patienceMs: 20_000,
};

export const QUICK = {
  runs: { size: 1, session: 1, ready: 1, calls: 1 },
  atOnce: { size: 5, session: 6, ready: 4, calls: 4 },
  calls: 20,
  tries: 1,
  outageMs: 1_000,
  patienceMs: 3_000,
};
