// `data-live`, and previews: the page is told when something is published, and asks for its decisions anew. Whatever fails here,
// the page is as one that did not ask to be told.

import { show } from "./bar.js";

/** Milliseconds over which open pages spread their questions after a publication: each takes a moment of its own. */
const SPREAD = 2000;
/** Milliseconds between two signs of life; intermediaries close what is silent. */
const BEAT = 45000;
/** Milliseconds within which the first try to connect again falls, and those after many. */
const FIRST = 2000;
const LONGEST = 120000;
/** How often the edge is asked again that still goes by an older version. */
const TRIES = 4;

/** Begins. `known` and `ask` are the tag's: see core/live.js. */
export const start = (base, writeKey, known, ask, preview) => {
  const url = new URL("v1/relay", new URL(base, location));
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("writeKey", writeKey);
  const isAllowed = () => known() !== false;

  let socket;
  let again;
  let beat;
  let tries = 0;
  let newest = 0;
  let question;
  /** The page was hidden when it was to ask. */
  let isWaiting;

  const close = () => {
    clearTimeout(again);
    clearInterval(beat);
    const left = socket;
    socket = undefined;
    if (!left) return;
    left.onclose = left.onmessage = null;
    // One that is not open yet is closed once it is: browsers warn of whoever hangs up before that.
    if (left.readyState == left.CONNECTING) left.onopen = () => left.close();
    else left.close();
  };

  const later = () => {
    close();
    again = setTimeout(open, Math.random() * Math.min(LONGEST, FIRST * 2 ** tries));
    tries += 1;
  };

  const open = () => {
    close();
    if (!isAllowed()) return;
    try {
      socket = new WebSocket(url);
    } catch {
      // The page's policy forbids it, for good.
      return;
    }
    let isAlive = true;
    socket.onmessage = ({ data }) => {
      isAlive = true;
      tries = 0;
      if (data != "pong") told(JSON.parse(data).version);
    };
    socket.onclose = later;
    beat = setInterval(() => {
      if (!isAlive) return later();
      isAlive = false;
      if (socket.readyState == 1) socket.send("ping");
    }, BEAT);
  };

  const told = (version) => {
    if (!(version > Math.max(newest, known()))) return;
    newest = version;
    question ||= setTimeout(askAnew, Math.random() * SPREAD, TRIES);
  };

  const askAnew = async (left) => {
    question = undefined;
    // Nobody looks: there is time until somebody does.
    isWaiting = document.hidden;
    if (isWaiting || !isAllowed()) return;
    await ask(newest, preview);
    if (known() < newest && left > 1) question ||= setTimeout(askAnew, SPREAD / 2 + Math.random() * SPREAD, left - 1);
  };

  // A page with an open connection is not kept for the way back.
  addEventListener("pagehide", close);
  document.addEventListener("freeze", close);
  const back = () => socket || open();
  addEventListener("pageshow", ({ persisted }) => persisted && back());
  document.addEventListener("resume", back);
  addEventListener("online", back);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && isWaiting) askAnew(TRIES);
  });
  selvedge.on("consent", () => (isAllowed() ? back() : close()));
  if (preview)
    show(preview, () => {
      preview = undefined;
      ask(newest);
    });
  open();
};
