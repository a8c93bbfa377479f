// What became of the events of some tries.

/**
 * `delivered`: how many arrived. `repeated`: how many of these came again under the id they had, by which their server can
 * know them (the edge does). `double`: how many came again as another event.
 */
export function outcome(sink, marks) {
  const all = marks.map((mark) => sink.arrivals(mark));
  const asEvents = (arrivals) => new Set(arrivals.map(({ id }, n) => id ?? n)).size;
  return {
    delivered: all.filter((arrivals) => arrivals.length > 0).length,
    repeated: all.filter((arrivals) => arrivals.length > asEvents(arrivals)).length,
    double: all.filter((arrivals) => asEvents(arrivals) > 1).length,
    of: marks.length,
  };
}
