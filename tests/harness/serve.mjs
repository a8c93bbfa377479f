// Runs shop and edge in workerd until it is told to stop. A process of its own, so that a test can kill it.
//
// The same configuration as `wrangler dev`, through Miniflare, without wrangler's proxy and its start-up time.
// Usage: node serve.mjs '{"state": dir, "port": n, "worker": dir, "modules": {…}, "shop": bool, "secrets": {…}, "deployments"?: n, "oneConfig"?: bool, "oneObjects"?: bool, "door"?: bool, "retries"?: n, "outbound"?: url}'

import { join, resolve } from "node:path";
import { readFileSync } from "node:fs";
import { Miniflare, Response, convertV4MiniflareOptions, wrangler } from "./packages.mjs";

const root = resolve(import.meta.dirname, "../..");
const settings = JSON.parse(process.argv[2]);

function workerOptions(config, modules, bindings) {
  const { workerOptions } = wrangler.unstable_getMiniflareWorkerOptions(join(root, config), "dev");
  return { ...workerOptions, ...modules, bindings: { ...workerOptions.bindings, ...bindings } };
}

const edgeFiles = Object.entries(settings.modules).map(([name, type]) => {
  const path = join(settings.worker, name);
  return { type, path, contents: readFileSync(path) };
});
const edge = workerOptions(
  "edge-worker/wrangler.toml",
  { modulesRoot: settings.worker, modules: edgeFiles },
  settings.secrets,
);
for (const consumer of Object.values(edge.queueConsumers ?? {})) {
  if (consumer.deadLetterQueue && settings.retries !== undefined) consumer.maxRetries = settings.retries;
}
// What the Worker asks of others' servers comes to one of the test's, which is told what was asked.
if (settings.outbound) {
  edge.outboundService = async (request) => {
    const { status, headers, body } = await fetch(settings.outbound, { method: request.method, headers: { "x-asked": request.url }, redirect: "manual" });
    return new Response(body, { status, headers });
  };
}
// An older release, or another Worker, does not have every object that the configuration names.
const [main] = edgeFiles;
const code = main.contents.toString();
const has = ([, object]) => code.includes(`as ${object.className ?? object}`);
edge.durableObjects = Object.fromEntries(Object.entries(edge.durableObjects).filter(has));
// Edge and consumer as two processes, so that the edge can die without the Queue, which here lives in its consumer's memory.
if (settings.part === "edge") delete edge.queueConsumers;
if (settings.part) Object.assign(edge, { name: `selvedge-${settings.part}` });
// A second process on the same storage: objects live in the first, where Queues are consumed, too.
if (settings.beside) {
  Object.assign(edge, { name: "selvedge-beside", durableObjects: objectsOf(edge, "selvedge-dev") });
  delete edge.queueConsumers;
}
const workers = settings.deployments
  ? Array.from({ length: settings.deployments }, (_, index) => apart(edge, `deployment-${index}`))
  : [{ name: "selvedge-dev", ...edge }];

/** The same Worker with a port, config (unless they share one), queue, archive and objects (likewise) of its own. */
function apart(worker, name) {
  const [queue, letters] = [`outbox-${name}`, `dead-letters-${name}`];
  const [consumer, keeper] = Object.values(worker.queueConsumers);
  return {
    ...worker,
    name,
    ...(settings.oneObjects && name !== "deployment-0" && { durableObjects: objectsOf(worker, "deployment-0") }),
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    kvNamespaces: { CONFIG: settings.oneConfig ? "config" : `config-${name}` },
    r2Buckets: { ARCHIVE: `archive-${name}` },
    queueProducers: { OUTBOX: { queueName: queue } },
    queueConsumers: { [queue]: { ...consumer, deadLetterQueue: letters }, [letters]: keeper },
  };
}

/** Those of another Worker. */
function objectsOf({ durableObjects }, scriptName) {
  return Object.fromEntries(Object.entries(durableObjects).map(([name, object]) => [name, { className: object.className ?? object, scriptName }]));
}

// A door to the Queues, for messages that no profile would send.
if (settings.door) {
  const queueOf = ({ queueConsumers }) => Object.entries(queueConsumers).find(([, consumer]) => consumer.deadLetterQueue)[0];
  const queueProducers = Object.fromEntries(workers.map((worker, n) => [`QUEUE${n}`, { queueName: queueOf(worker) }]));
  const script = `export default { async fetch(request, env) {
    await env["QUEUE" + new URL(request.url).pathname.slice(1)].send(await request.text(), { contentType: "text" });
    return new Response();
  } }`;
  const unsafeDirectSockets = [{ host: "127.0.0.1", port: 0 }];
  workers.push({ name: "door", modules: true, script, queueProducers, unsafeDirectSockets });
}

if (settings.shop) {
  const { build } = await import("../../js/node_modules/esbuild/lib/main.js");
  const built = await build({
    entryPoints: [join(root, "examples/shop/server.js")],
    bundle: true,
    format: "esm",
    write: false,
    external: ["cloudflare:*"],
    loader: { ".json": "json", ".html": "text", ".css": "text", ".svg": "text" },
  });
  const shop = workerOptions(
    "examples/shop/wrangler.toml",
    { modulesRoot: "/", modules: [{ type: "ESModule", path: "/shop.js", contents: built.outputFiles[0].text }] },
    { SESSION_SECRET: "test", SHOP_IDENTITY_SECRET: settings.secrets.SHOP_IDENTITY_SECRET },
  );
  if (settings.beside) shop.serviceBindings = { ...shop.serviceBindings, SELVEDGE: "selvedge-beside" };
  workers.unshift({ name: settings.beside ? "selvedge-shop-beside" : "selvedge-shop-dev", ...shop });
}

// Wrangler describes a Worker in Miniflare's former words, and Miniflare translates them.
const options = {
  host: "127.0.0.1", port: settings.port, resourcePersistencePath: settings.state, workers,
  ...(settings.registry && { unsafeDevRegistryPath: settings.registry }),
};
const miniflare = new Miniflare(convertV4MiniflareOptions(options));
const url = await miniflare.ready;
const direct = workers.filter(({ unsafeDirectSockets }) => unsafeDirectSockets).map(({ name }) => name);
const urls = await Promise.all(direct.map((name) => miniflare.unsafeGetDirectURL(name)));
if (!settings.deployments) urls.unshift(url);
console.log(`ready ${urls.join(" ")}`);
async function stop() {
  await miniflare.dispose();
  process.exit(0);
}
process.on("SIGTERM", stop);
process.stdin.on("end", stop).resume();
