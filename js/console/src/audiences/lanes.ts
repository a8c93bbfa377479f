/** Works on things as they come, so many at a time. The first that fails ends it, whenever that is heard of. */
export async function inLanes<T>(many: number, things: AsyncIterable<T>, work: (thing: T) => Promise<void>): Promise<void> {
  const under = new Set<Promise<void>>();
  for await (const thing of things) {
    // What failed stays among them until somebody waits.
    const doing: Promise<void> = work(thing).then(() => void under.delete(doing));
    doing.catch(() => {});
    under.add(doing);
    if (under.size >= many) await Promise.race(under);
  }
  await Promise.all(under);
}
