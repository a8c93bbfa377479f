// What the tag has to know before it starts, from how Segment's snippet has loaded this script.

import { mayStore } from "../may-store.js";

const script = document.currentScript;

/** Segment's path: `/analytics.js/v1/{writeKey}/analytics.min.js`. The edge stands where that begins. */
const [, base, key] = /^(.*\/)analytics\.js\/v1\/([^/]+)\//.exec(script?.src ?? "") ?? [];

if (script) {
  const { dataset } = script;
  const writeKey = key ?? window.analytics?._writeKey;
  if (writeKey) dataset.writeKey ??= writeKey;
  if (base) dataset.endpoint ??= base;
  // They call page() themselves.
  dataset.pageViews ??= "manual";
}

/** Visitors whom Segment's script knew stay who they are: their anonymous id is taken over where the tag has none. */
const adopt = () => {
  const known = /(?:^|; )ajs_anonymous_id=([^;]+)/.exec(document.cookie)?.[1];
  if (!known || !mayStore(script?.dataset) || /selvedge_anonymous_id=/.test(document.cookie) || localStorage.selvedge_anonymous_id) return;
  // It was written as JSON once.
  const id = decodeURIComponent(known).replace(/^"|"$/g, "");
  if (/^[\w-]{1,100}$/.test(id)) document.cookie = `selvedge_anonymous_id=${id};max-age=31536000;path=/;samesite=lax`;
};

try {
  adopt();
} catch {}
