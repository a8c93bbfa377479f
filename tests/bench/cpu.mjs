// What workerd has used of the processor, as the kernel counts it: in hundredths of a second, all threads.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Linux counts these ticks for everybody at 100 a second, whatever it uses itself. */
const TICK_MS = 10;

/** name, parent and ticks of a process; null if it has gone. */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in brackets and may hold anything, brackets too.
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
    return { name: text.slice(text.indexOf("(") + 1, end), parent, ticks: user + system };
  } catch {
    return null;
  }
}

/** The workerd that this process has started. */
export class Cpu {
  constructor(parent) {
    if (!existsSync("/proc/self/stat")) return;
    const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    this.pid = all.find((pid) => {
      const found = stat(pid);
      return found?.parent === parent && found.name === "workerd";
    });
    if (!this.pid) throw new Error(`process ${parent} has no workerd`);
  }

  /** Milliseconds so far; NaN where the system doesn't say. */
  used() {
    return this.pid ? (stat(this.pid)?.ticks ?? NaN) * TICK_MS : NaN;
  }

  /** Waits so many milliseconds, and then until nothing moves any more; 0: not at all. */
  async rest(atLeast) {
    if (atLeast === 0) return;
    await sleep(atLeast);
    let last = NaN;
    for (let quiet = 0; quiet < 2 && this.pid; quiet = this.used() === last ? quiet + 1 : 0) {
      last = this.used();
      await sleep(50);
    }
  }
}
