// What becomes of an event when something goes wrong: how many of the tries arrive, and how many arrive twice.

import { bounced, clickedAway, clickedOn, pagehide, tabClosed } from "./leaving.mjs";
import { browserClosed, down, refusing } from "./outage.mjs";

/** `clients`: of how many the tries run at once; a page that only waits slows no other one. */
export const SCENARIOS = [
  { letter: "a", title: "link clicked right after `track`, the next page has no tag", tries: clickedAway, clients: 1 },
  { letter: "b", title: "link clicked right after `track`, the next page has the tag", tries: clickedOn, clients: 1 },
  { letter: "c", title: "tab closed right after `track`", tries: tabClosed, clients: 1 },
  { letter: "d", title: "event raised inside `pagehide`", tries: pagehide, clients: 1 },
  { letter: "e", title: "page left 150 ms after loading, while settings take 400 ms", tries: bounced, clients: 1 },
  { letter: "f", title: "server down for 5 s", tries: down, clients: 3 },
  { letter: "g", title: "browser closed while the server is down, and opened again", tries: browserClosed, clients: 2 },
  { letter: "h", title: "server answers 503 for 5 s", tries: refusing, clients: 3 },
];
