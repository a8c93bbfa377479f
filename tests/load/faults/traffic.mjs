// What visitors do: households that browse, fill carts, log in on several devices, order, give back, and now and then
// share a device. Households have nothing to do with each other, so that each can be resolved on its own.

const DAY_MS = 24 * 60 * 60 * 1000;
/** So long ago a household was last heard of, at most. */
const PAST_DAYS = 20;

const SHELF = [
  { product_id: "skylark-4", name: "Skylark 4", category: "Running shoes", price: 149 },
  { product_id: "fern-2", name: "Fern 2", category: "Running shoes", price: 119 },
  { product_id: "harbour", name: "Harbour", category: "Jackets", price: 229.5 },
  { product_id: "tarn", name: "Tarn", category: "Socks", price: 12.9 },
];
const CITIES = ["Ghent", "Porto", "Turku", "Lviv"];

/** One household: its events, in the order in which they happened. */
function household(number, random, now) {
  const events = [];
  let at = 0;
  const say = (who, event) => {
    at += random.between(1_000, 90_000);
    const messageId = `h${number}-${String(events.length).padStart(3, "0")}-${random.between(0, 999_999)}`;
    events.push({ messageId, at, ...who, ...event });
  };
  const track = (who, event, properties) => say(who, { type: "track", event, properties });
  const people = Array.from({ length: random.between(1, 3) }, (_, person) => ({
    userId: `u${number}-${person}`,
    email: `u${number}.${person}@example.com`,
    devices: Array.from({ length: random.between(1, 3) }, (_, device) => `d${number}-${person}-${device}`),
    known: new Set(),
    orders: [],
  }));
  // The tablet in the kitchen.
  if (people.length > 1 && random.chance(0.3)) people[1].devices[0] = people[0].devices[0];

  for (let visit = random.between(people.length, 3 * people.length); visit > 0; visit -= 1) {
    const person = random.one(people);
    const device = random.one(person.devices);
    const who = () => ({ anonymousId: device, ...(person.known.has(device) && { userId: person.userId }) });
    at += random.between(1, 20) * 60 * 60 * 1000;
    for (let pages = random.between(1, 4); pages > 0; pages -= 1) {
      say(who(), { type: "page", name: "Shelf", properties: { path: `/shelf/${random.between(1, 9)}` } });
      track(who(), "Product Viewed", random.one(SHELF));
    }
    const cart = Array.from({ length: random.between(0, 3) }, () => ({ ...random.one(SHELF), quantity: random.between(1, 2) }));
    for (const product of cart) track(who(), "Product Added", product);
    if (random.chance(0.6) && !person.known.has(device)) {
      person.known.add(device);
      const traits = { tier: random.one(["basic", "gold"]), city: random.one(CITIES), ...(random.chance(0.7) && { email: person.email }) };
      say(who(), { type: "identify", traits });
    }
    if (cart.length > 0 && random.chance(0.7)) {
      const total = cart.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
      const order = { order_id: `o${number}-${events.length}`, total, revenue: total, currency: "EUR", products: cart };
      person.orders.push(order);
      track(who(), "Order Completed", order);
      // The till says the same of the same order.
      if (random.chance(0.3) && person.known.has(device)) track({ userId: person.userId }, "Order Completed", order);
    }
    const given = random.one(person.orders);
    if (given && random.chance(0.1)) track(who(), "Order Refunded", { order_id: given.order_id, total: 10, currency: "EUR" });
  }
  // Nothing ahead of now: the edge would take it as of its receipt.
  const start = now - at - random.between(1, PAST_DAYS) * DAY_MS;
  return events.map(({ messageId, at: since, ...event }) => ({ messageId, timestamp: new Date(start + since).toISOString(), ...event }));
}

/**
 * So many households' events (at least `count` of them in all), each household on its own, and all of them in an order
 * in which they could be sent: many households at a time, and within one sometimes late.
 */
export function traffic(count, random, now = Date.now()) {
  const households = [];
  const sent = [];
  for (let total = 0; total < count; ) {
    const events = household(households.length, random, now);
    households.push(events);
    total += events.length;
    const start = total + random.between(0, 400);
    events.forEach((event, index) => sent.push({ place: start + index * random.between(2, 9) + (random.chance(0.05) ? 500 : 0), event }));
  }
  sent.sort((one, other) => one.place - other.place);
  return { households, sent: sent.map(({ event }) => event) };
}
