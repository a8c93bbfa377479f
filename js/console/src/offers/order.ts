// The order in which offers have their turn, and what priority puts one into its place.

export interface Placed {
  id: string;
  priority: number;
}

/** Whoever comes first: the higher priority, then the smaller id. */
export const inOrder = <T extends Placed>(offers: T[]): T[] => [...offers].sort((one, other) => other.priority - one.priority || (one.id < other.id ? -1 : 1));

/** Between two numbers, so that later ones find room. */
const STEP = 10;

/** The priorities to change so that the offer at `from` comes to `to`. As few as there can be. */
export function moved(offers: Placed[], from: number, to: number): Record<string, number> {
  const order = inOrder(offers);
  const [offer] = order.splice(from, 1);
  if (!offer || from === to) return {};
  order.splice(to, 0, offer);
  const [above, below] = [order[to - 1], order[to + 1]];
  const between = !above ? below!.priority + STEP : !below ? above.priority - STEP : Math.floor((above.priority + below.priority) / 2);
  const fits = (!above || above.priority > between) && (!below || between > below.priority);
  if (fits && Math.abs(between) < 2 ** 31 - STEP) return { [offer.id]: between };
  // No room: all get a place of their own again.
  const anew = order.map(({ id, priority }, index) => ({ id, priority, becomes: (order.length - index) * STEP }));
  return Object.fromEntries(anew.filter(({ priority, becomes }) => priority !== becomes).map(({ id, becomes }) => [id, becomes]));
}
