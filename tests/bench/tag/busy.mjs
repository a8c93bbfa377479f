// Chromium's own count of what a page's process has done.

/** @returns a session for `busy` */
export async function watch(visitor, page) {
  const session = await visitor.newCDPSession(page);
  await session.send("Performance.enable");
  return session;
}

/**
 * Milliseconds so far: processor time of the `main` thread, its tasks by the `clock` (which runs on while something else
 * has the processor), processor time of `all` threads (in steps of 10).
 */
export async function busy(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (name) => metrics.find((metric) => metric.name === name).value * 1000;
  return { main: of("ThreadTime"), clock: of("TaskDuration"), all: of("ProcessTime") };
}
