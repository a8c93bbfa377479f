// The clients from npm, as a site installs them.

import { createRequire } from "node:module";

const require = createRequire(new URL("../../js/package.json", import.meta.url));

export const SegmentNode = require("@segment/analytics-node").Analytics;
export const CustomerioNode = require("@customerio/cdp-analytics-node").Analytics;
export const RudderNode = require("@rudderstack/rudder-sdk-node");
export const { build } = require("esbuild");
