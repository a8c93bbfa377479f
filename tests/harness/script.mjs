// How a command that measures or loads ends: whatever it started is closed, whether it came to its end or not.

/**
 * Runs it. What `main` hands to `closed` is closed after it, the last first; an error is the command's failure.
 * @param {(closed: <T>(started: T) => T) => Promise<void>} main
 */
export async function script(main) {
  const open = [];
  const closed = (started) => {
    open.push(started);
    return started;
  };
  try {
    await main(closed);
  } catch (error) {
    console.error(error, ...open.flatMap(({ log }) => log?.slice(-20) ?? []));
    process.exitCode = 1;
  }
  for (const started of open.reverse()) await started.close();
  process.exit(); // also if a process is left that never became ready
}
