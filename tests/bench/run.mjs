// One run: baseline and edge in turn, through all scenarios and concurrencies.

import { mustBeWhole } from "./outcome.mjs";
import { section } from "./section.mjs";

/**
 * @param {object} ours the edge
 * @param {object} bare the baseline
 * @param {object} insert what the baseline gets
 * @param {object[]} scenarios what the edge gets (or the baseline, where they are `ofBaseline`)
 * @param {Record<number, Record<string, number>>} counts
 * @returns {Promise<{ scenario: object, atOnce: number, baseline: object, ours: object }[]>}
 */
export async function oneRun(ours, bare, insert, scenarios, counts) {
  const results = [];
  for (const scenario of scenarios) {
    const sections = [];
    // All concurrencies at once, to wait only once; the devices are still awake when the last one's turn comes.
    for (const [atOnce, count] of Object.entries(counts)) {
      sections.push({ atOnce: Number(atOnce), prepared: await scenario.prepare(ours.edge, count[scenario.counts]) });
    }
    await ours.cpu.rest(ours.restMs);
    for (const { atOnce, prepared } of sections) {
      const inserts = await insert.prepare(bare.edge, counts[atOnce].baseline);
      const baseline = await section(bare, inserts.requests, atOnce);
      const measured = scenario.ofBaseline ? bare : ours;
      results.push({ scenario, atOnce, baseline, ours: await section(measured, prepared.requests, atOnce) });
    }
    for (const { prepared } of sections) await mustBeWhole(ours.edge, prepared.customers, scenario.events);
  }
  return results;
}
