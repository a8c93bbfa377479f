// What the browser itself takes for a step that no client can do without some of: each of these is a client whose `track`
// does only that. The first does nothing: its work is the measuring.

/** About what an event with its context is long. */
const EVENT = "JSON.stringify({ type: 'track', event, properties, context: { page: location.href, padding: padding } })";

const STEPS = [
  ["nothing", ""],
  ["`JSON.stringify`", EVENT],
  ["`randomUUID`", "crypto.randomUUID()"],
  ["`localStorage`, 1 kB", "localStorage.setItem('event' + (count += 1), padding)"],
  ["IndexedDB, `put` of 1 kB", "database.transaction('events', 'readwrite').objectStore('events').put(padding, (count += 1))"],
  ["`sendBeacon`, 1 kB", "navigator.sendBeacon(origin + '/floor', padding)"],
  ["`fetch`, 1 kB", "fetch(origin + '/floor', { method: 'POST', body: padding })"],
];

const head = (step) => (origin) => `<script>
var origin = "${origin}", padding = "x".repeat(1000), count = 0, database;
begin({
  page: function () {},
  track: function (event, properties) { ${step} },
  ready: new Promise(function (done) {
    var opening = indexedDB.open("floor");
    opening.onupgradeneeded = function () { opening.result.createObjectStore("events") };
    opening.onsuccess = function () { done(database = opening.result) };
  }),
})</script>`;

export const floors = STEPS.map(([title, step], n) => ({ name: `floor-${n}`, title, floor: true, head: head(step) }));
