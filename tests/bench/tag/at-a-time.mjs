// Works, a few at a time.

/**
 * @template T
 * @param {number} limit
 * @param {(() => Promise<T>)[]} works
 * @returns {Promise<T[]>}
 */
export async function atATime(limit, works) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < works.length) {
      const n = next;
      next += 1;
      results[n] = await works[n]();
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
