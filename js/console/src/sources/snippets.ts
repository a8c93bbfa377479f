import type { Source } from "./source";

interface Way {
  id: string;
  name: string;
  about: string;
  text: string;
}

/** How to send events from a source: to be copied as it is. */
export function snippets({ kind, writeKey }: Source, edge: string): Way[] {
  if (kind === "browser") {
    return [
      { id: "page", name: "Any page", about: "Into the head of every page. Page views are sent by themselves.", text: `<script async src="${edge}/tag.js" data-write-key="${writeKey}"></script>` },
      {
        id: "analytics",
        name: "analytics.js",
        about: "A site that has Segment's analytics.js keeps its calls, and sends them here.",
        text: `AnalyticsBrowser.load({\n  writeKey: "${writeKey}",\n  cdnURL: "${edge}",\n});`,
      },
      {
        id: "curl",
        name: "curl",
        about: "One event, to try it.",
        text: `curl ${edge}/v1/track -H 'content-type: application/json' \\\n  -d '{"writeKey": "${writeKey}", "anonymousId": "try-1", "event": "Tried"}'`,
      },
    ];
  }
  return [
    {
      id: "curl",
        name: "curl",
      about: "One event, to try it. This key is secret: it never belongs into a page.",
      text: `curl ${edge}/v1/track -u '${writeKey}:' -H 'content-type: application/json' \\\n  -d '{"userId": "try-1", "event": "Tried"}'`,
    },
    {
      id: "node",
        name: "Node.js",
      about: "Segment's client for Node: npm install @segment/analytics-node",
      text: `import { Analytics } from "@segment/analytics-node";\n\nconst analytics = new Analytics({ writeKey: "${writeKey}", host: "${edge}" });\nanalytics.track({ userId: "try-1", event: "Tried" });`,
    },
    {
      id: "python",
        name: "Python",
      about: "Segment's client for Python: pip install segment-analytics-python",
      text: `import segment.analytics as analytics\n\nanalytics.write_key = "${writeKey}"\nanalytics.host = "${edge}"\nanalytics.track("try-1", "Tried")`,
    },
  ];
}
