// Whether what was timed also happened.

import { until } from "../harness/edge.mjs";
import { lanes, send } from "./load.mjs";

/** Fails unless every answer says that all its events were taken. */
export function mustBeTaken(answers, events = 1) {
  for (const { status, text } of answers) {
    if (status !== 200 || JSON.parse(text).accepted !== events) throw new Error(`${status} ${text}`);
  }
}

/** Whether the customer's timeline shows so many events. */
async function shows(edge, customer, events) {
  const profile = await edge.profile(`user_id:${customer}`, "?limit=500");
  return profile?.timeline.events.length === events;
}

/** Waits until every customer's timeline is whole. */
export async function mustBeWhole(edge, customers, events) {
  await lanes(customers, 8, (customer) =>
    until(`${customer} shows ${events} events`, () => shows(edge, customer, events), { within: 90_000 }));
}

/**
 * Logs devices in, so many at a time, and looks at each customer as soon as the answer is there.
 *
 * Returns for each how many milliseconds after its answer the profile showed all events: 0 if it did at the first look.
 */
export async function lateness(edge, scenario, count, atOnce) {
  const { requests, customers } = await scenario.prepare(edge, count);
  const late = [];
  await lanes(requests, atOnce, async (request, n) => {
    const { answers } = await send(edge.url, [request], 1);
    mustBeTaken(answers);
    const answered = performance.now();
    const look = () => shows(edge, customers[n], scenario.events);
    if (await look()) return late.push(0);
    await until(`${customers[n]} shows all events`, look, { within: 90_000, every: 5 });
    return late.push(performance.now() - answered);
  });
  return late;
}
