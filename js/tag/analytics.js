// analytics.js: for sites that are on Segment's analytics.js. It is loaded in the place of theirs, keeps their calls, and is the
// tag: `window.analytics` says to `window.selvedge` what it was told.

import "./analytics/before.js";
import "./loader.js";
import "./analytics/methods.js";
