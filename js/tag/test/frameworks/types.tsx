// One use of everything that has a type; `@ts-expect-error` marks what must not be let through.

import { alias, consent, debug, decide, group, identify, load, off, on, onDecision, once, page, reset, track, use, user } from "@selvedge/tag";
import type { DebugEntry, Decision } from "@selvedge/tag";
import { SelvedgePlacement } from "@selvedge/tag/element";
import { Placement, useDecision } from "@selvedge/tag/react";

void load("demo", { src: "/tag.js", pageViews: "hash", capture: "links products vitals", gpc: "refuse" });
// @ts-expect-error an option that is none
void load("demo", { src: "/tag.js", pageView: "hash" });

const id: Promise<string | undefined> = track("Product Added", { product_id: "p7", price: 19.9 });
void track("Anything", { n: 1 }, { timestamp: new Date() });
// @ts-expect-error a price is a number
void track("Product Added", { price: "19.90", product_id: 7 } satisfies import("@selvedge/tag").Product);
void page("Docs", "Start", { n: 1 });
void identify("u1", { plan: "gold" }, { token: "…" });
void group(7, {});
void alias("u2");
void reset();
void consent({ analytics: true });
void decide(["hero"]).then((decisions: Decision[]) => decisions[0]?.content?.type === "html" && decisions[0].content.html);
void onDecision("hero", ({ offer }) => offer?.length);
on("track", (...args) => args.length);
once("page", () => {});
off("track", () => {});
use(({ payload, next }) => next(payload));
const known: string | null = user().anonymousId();

const title = (...entry: DebugEntry): string => {
  switch (entry[0]) {
    case "event": return String(entry[1]["type"]);
    case "request": return entry[1];
    case "answer": return `${entry[1].toFixed()} ${entry[2] ? entry[2].accepted : ""}`;
    case "decision": return entry[1].placement;
    case "skipped": return entry[1];
    default: return entry satisfies never;
  }
};
debug(title);
debug(false);
// @ts-expect-error a listener or a boolean
debug("yes");

const element = document.createElement("selvedge-placement");
const shown: Decision | null = element.decision;
element.addEventListener("selvedge:decision", (event) => event.detail?.offer);
new SelvedgePlacement().decision?.offer;

export const Page = () => {
  const decision = useDecision("hero");
  return (
    <>
      <Placement name="hero" as="a" href="/sale" render={(json) => JSON.stringify(json)}>own {decision?.offer}</Placement>
      <selvedge-placement name="side">own</selvedge-placement>
      {/* @ts-expect-error a placement needs its name */}
      <Placement>own</Placement>
    </>
  );
};
export { id, known, shown };
