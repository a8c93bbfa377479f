// What the edge tells of this moment, kept for as long as the page is open.

import type { Schema } from "../api/client";

export type Pulse = Schema<"Pulse">;
export type Seen = Schema<"Seen">;
export type Came = NonNullable<Pulse["offers"]>[string];

/** One second. */
export interface Second {
  at: number;
  visitors: number;
  events: number;
  decisions: number;
}

export interface Snapshot {
  /** `waiting` before the first connection, `open`, `lost` while it is tried again. */
  status: "waiting" | "open" | "lost";
  seconds: Second[];
  offers: [string, Came][];
  /** Newest first. */
  stream: Seen[];
  /** Of the events, the part that the stream shows. */
  shown: number;
  /** Milliseconds between an event and this page, of the newest that came. */
  lag: number | undefined;
}

/** Seconds in the chart. */
const SPAN = 120;
/** Events that are kept for the stream. */
const KEPT = 1000;
/** How often the page hears of what came: whatever comes, it draws twice a second. */
const DRAW_MS = 500;
const FIRST_MS = 1000;
const LONGEST_MS = 15_000;
const BEAT_MS = 30_000;

const NOTHING: Came = { decided: 0, viewed: 0, clicked: 0, converted: 0 };

/** Listens to the edge, and again when the connection is lost. */
export class Feed {
  #socket: WebSocket | undefined;
  #status: Snapshot["status"] = "waiting";
  #seconds = new Map<number, Second>();
  #offers = new Map<string, Came>();
  #stream: Seen[] = [];
  #lag: number | undefined;
  /** Since the page was opened. */
  #all = 0;
  #shown = 0;
  #tries = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #draw: ReturnType<typeof setInterval> | undefined;
  #isAlive = false;
  #listeners = new Set<() => void>();
  snapshot: Snapshot = this.#look();

  /** `refused` is called when no connection came about: the session may be over. */
  constructor(readonly refused: () => void) {}

  /** For `useSyncExternalStore`: listens as long as somebody looks. */
  subscribe = (listener: () => void) => {
    if (this.#listeners.size === 0) this.#start();
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  #start() {
    this.#draw = setInterval(() => this.#tell(), DRAW_MS);
    addEventListener("online", this.#now);
    document.addEventListener("visibilitychange", this.#now);
    this.#connect();
  }

  #stop() {
    clearInterval(this.#draw);
    removeEventListener("online", this.#now);
    document.removeEventListener("visibilitychange", this.#now);
    this.#close();
  }

  #now = () => {
    if (!this.#socket && !document.hidden) this.#connect();
  };

  #close() {
    clearTimeout(this.#again);
    clearInterval(this.#beat);
    if (this.#socket) {
      this.#socket.onclose = this.#socket.onmessage = null;
      this.#socket.close();
    }
    this.#socket = undefined;
  }

  #connect() {
    this.#close();
    const url = new URL("/v1/live", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this.#socket = socket;
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = this.#isAlive = true;
      this.#status = "open";
      this.#tries = 0;
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      this.#isAlive = true;
      if (data === "pong") return;
      const { pulse } = JSON.parse(data) as { pulse?: Pulse };
      if (pulse) this.#take(pulse);
    };
    socket.onclose = () => {
      if (!wasOpen) this.refused();
      this.#later();
    };
    this.#beat = setInterval(() => {
      if (!this.#isAlive) return this.#later();
      this.#isAlive = false;
      if (socket.readyState === WebSocket.OPEN) socket.send("ping");
    }, BEAT_MS);
  }

  #later() {
    this.#close();
    this.#status = "lost";
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#tries);
    this.#tries += 1;
    this.#again = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
  }

  #take(pulse: Pulse) {
    const at = Math.floor(pulse.at / 1000);
    const second = this.#seconds.get(at) ?? { at, visitors: 0, events: 0, decisions: 0 };
    second.visitors += pulse.visitors;
    second.events += pulse.events;
    second.decisions += pulse.decisions;
    this.#seconds.set(at, second);
    for (const [offer, came] of Object.entries(pulse.offers ?? {})) {
      const sum = this.#offers.get(offer) ?? NOTHING;
      this.#offers.set(offer, {
        decided: sum.decided + came.decided, viewed: sum.viewed + came.viewed, clicked: sum.clicked + came.clicked, converted: sum.converted + came.converted,
      });
    }
    const sample = pulse.sample ?? [];
    this.#stream = [...sample.toReversed(), ...this.#stream].slice(0, KEPT);
    this.#all += pulse.events;
    this.#shown += sample.filter(({ type }) => type !== "segment").length;
    if (pulse.lagMs !== undefined) this.#lag = pulse.lagMs;
  }

  #tell() {
    this.snapshot = this.#look();
    this.#listeners.forEach((listener) => listener());
  }

  #look(): Snapshot {
    const now = Math.floor(Date.now() / 1000);
    for (const at of this.#seconds.keys()) if (at < now - SPAN) this.#seconds.delete(at);
    // The second that is under way is not told whole yet.
    const seconds = Array.from({ length: SPAN }, (_, index) => {
      const at = now - SPAN + index;
      return this.#seconds.get(at) ?? { at, visitors: 0, events: 0, decisions: 0 };
    });
    const offers = [...this.#offers].sort(([one], [other]) => one.localeCompare(other));
    const shown = this.#all === 0 ? 1 : this.#shown / this.#all;
    return { status: this.#status, seconds, offers, stream: this.#stream, shown, lag: this.#lag };
  }
}
