// Each measure with the table that it ends in.

import { compared } from "./compare.mjs";
import { floors } from "./floors.mjs";
import { losses } from "./loss/report.mjs";
import { calls } from "./measures/calls.mjs";
import { ready } from "./measures/ready.mjs";
import { session } from "./measures/session.mjs";
import { size } from "./measures/size.mjs";
import { OURS } from "./peers.mjs";
import { rounds } from "./rounds.mjs";

const report = (title, ...parts) => [`#### ${title}`, ...parts].join("\n\n");

export const REPORTS = {
  async size(bench, clients) {
    return report("To be ready", compared(await rounds(bench, "size", clients, size), [
      { title: "kB, brotli", of: ({ kilobytes }) => kilobytes },
      { title: "requests before the first event", of: ({ before }) => before },
    ]));
  },

  async session(bench, clients) {
    const [ours] = clients;
    const title = `${ours.title}, with a placement on the page`;
    const shown = await bench.install({ ...ours, name: `${OURS}-placement`, title, placement: true }, ours.sink.scripts);
    const measured = await rounds(bench, "session", [ours, shown, ...clients.slice(1)], session);
    const answered = measured[1].runs.map(({ answered }) => answered);
    return report(
      "One page view and ten cart events, 300 ms apart",
      compared(measured, [
        { title: "requests", of: ({ requests }) => requests },
        { title: "of these with events", of: ({ carrying }) => carrying, compared: false },
        { title: "preflights", of: ({ preflights }) => preflights, compared: false },
        { title: "kB up", of: ({ up }) => up },
        { title: "of these bodies", of: ({ bodies }) => bodies, compared: false },
        { title: "event arrives after, ms", of: ({ arrives }) => arrives, compared: false },
      ]),
      `With a placement, the page shows the next decision ${Math.round(answered.toSorted((a, b) => a - b)[answered.length >> 1])} ms after a cart event (median).`,
    );
  },

  async ready(bench, clients) {
    const [usual, slow] = [await rounds(bench, "ready", clients, ready(1)), await rounds(bench, "ready", clients, ready(4))];
    const both = usual.map(({ client, runs }, n) => ({ client, runs: runs.map((run, at) => ({ usual: run, slow: slow[n].runs[at] })) }));
    return report("Main thread until ready, ms", compared(both, [
      { title: "processor time", of: ({ usual }) => usual.main },
      { title: "of all threads", of: ({ usual }) => usual.all, compared: false },
      { title: "by the clock", of: ({ usual }) => usual.clock },
      { title: "by the clock, 4× slower", of: ({ slow }) => slow.clock },
    ]));
  },

  async calls(bench, clients) {
    const steps = await Promise.all(floors.map((floor) => bench.install(floor)));
    const all = await rounds(bench, "calls", [...steps, ...clients], calls);
    const [nothing] = all;
    // What the measuring takes is nobody's.
    for (const { runs } of all.slice(1)) runs.forEach((run, n) => (run.work -= nothing.runs[n].work));
    return report(`\`track\`, ${bench.extent.calls.toLocaleString("en")} calls, ms`, compared(all.slice(1), [
      { title: "the call", of: ({ call }) => call },
      { title: "p95", of: ({ slow }) => slow },
      { title: "with microtasks", of: ({ whole }) => whole },
      { title: "all main-thread work", of: ({ work }) => work },
      { title: "200 in one task", of: ({ burst }) => burst },
      { title: "% arrived", of: ({ arrived }) => arrived * 100, compared: false },
    ]));
  },

  loss: async (bench, clients) => report(`Lost and double, of ${bench.extent.tries} tries each`, await losses(bench, clients)),
};
