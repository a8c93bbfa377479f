// Where it was measured.

import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";

/** Cores, load and versions, in one line. */
export function machine() {
  const require = createRequire(new URL("../../js/package.json", import.meta.url));
  // workerd is Miniflare's dependency, which is wrangler's.
  const miniflare = createRequire(require.resolve("wrangler")).resolve("miniflare");
  const workerd = createRequire(miniflare)("workerd/package.json").version;
  const cores = cpus();
  const load = loadavg()[0].toFixed(1);
  return `${cores.length} cores (${cores[0].model}), load ${load} at the start; node ${process.versions.node}, workerd ${workerd}`;
}
