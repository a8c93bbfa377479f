// From many numbers to a few.

/** The nearest rank: a value that was measured, which this part of all values does not exceed. */
export function percentile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
}

export const median = (values) => percentile(values, 0.5);

/** The figures of one section; of its processor time, `until` the last answer and in `all`. */
export function figures({ took, seconds }, cpu) {
  return {
    p50: percentile(took, 0.5),
    p99: percentile(took, 0.99),
    cpu: cpu.all / took.length,
    cpuUntil: cpu.until / took.length,
    rate: took.length / seconds,
  };
}

/** Over several runs: the median of a figure, and of its ratio to the baseline's in the same run. */
export function over(runs, figure) {
  return {
    baseline: median(runs.map(({ baseline }) => baseline[figure])),
    ours: median(runs.map(({ ours }) => ours[figure])),
    ratio: median(runs.map(({ baseline, ours }) => ours[figure] / baseline[figure])),
  };
}
