// How much memory a process has, as the kernel counts it.

import { readFileSync } from "node:fs";

/** Bytes it has now, and the most that it ever had; NaN where the system doesn't say. */
export function memory(pid) {
  const status = pid ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
  const bytes = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`, "u").exec(status)?.[1]) * 1024;
  return { now: bytes("VmRSS"), most: bytes("VmHWM") };
}
