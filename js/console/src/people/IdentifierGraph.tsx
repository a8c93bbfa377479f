import "@xyflow/react/dist/style.css";

import { useComputedColorScheme } from "@mantine/core";
import { Background, MarkerType, ReactFlow, type Edge, type Node } from "@xyflow/react";
import { useMemo } from "react";
import type { Schema } from "../api/client";
import { counted } from "../frame/counted";
import { nameOf, STATES } from "./names";

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Identifiers, the profile that first had each, and when that joined this person. The same stands under “Identity”, in words. */
export default function IdentifierGraph({ person }: { person: Schema<"Profile"> }) {
  const scheme = useComputedColorScheme("light");
  const { nodes, edges } = useMemo(() => drawn(person), [person]);
  return (
    <figure className="selvedge-graph" aria-label={`${counted(person.identifiers.length, "identifier")} of this person, ${counted(person.merges.length, "profile")} that joined`}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        colorMode={scheme}
        fitView
        fitViewOptions={{ padding: 0.15, maxZoom: 1 }}
        minZoom={0.2}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
      >
        <Background />
      </ReactFlow>
    </figure>
  );
}

const WIDE = 290;
const HIGH = 76;

function drawn(person: Schema<"Profile">) {
  const here = person.profileId;
  const merges = [...person.merges].sort((one, other) => one.at.localeCompare(other.at));
  // Of those that came more than once, the last time counts.
  const cameWith = new Map(merges.flatMap((merge) => merge.identifiers.map((id) => [nameOf(id), merge] as const)));
  const groups = new Map<string, Schema<"HeldIdentifier">[]>([[here, []]]);
  for (const merge of merges) groups.set(merge.profileId, []);
  for (const id of person.identifiers) groups.get(cameWith.get(nameOf(id))?.profileId ?? here)!.push(id);
  const rows = [...groups].filter(([profile, ids]) => ids.length > 0 || profile === here);

  const nodes: Node[] = [];
  const edges: Edge[] = [];
  let y = 0;
  for (const [profile, ids] of rows) {
    const top = y;
    for (const id of ids) {
      nodes.push(node(nameOf(id), 0, y, `${id.namespace}: ${id.value}${id.state === "active" ? "" : ` (${STATES[id.state]})`}`));
      edges.push(edge(nameOf(id), profile, day.format(new Date(id.firstSeen))));
      y += HIGH;
    }
    y = Math.max(y, top + HIGH);
    const merge = merges.findLast((one) => one.profileId === profile);
    const middle = (top + y - HIGH) / 2;
    nodes.push(node(profile, WIDE * 1.6, middle, merge ? `joined ${day.format(new Date(merge.at))}` : `since ${day.format(new Date(person.createdAt))}`));
    if (merge) edges.push(edge(profile, "person", ""));
    y += HIGH / 2;
  }
  nodes.push(node("person", WIDE * 2.7, (y - HIGH * 1.5) / 2, "This person"));
  edges.push(edge(here, "person", ""));
  return { nodes, edges };
}

const node = (id: string, x: number, y: number, label: string): Node => ({
  id, position: { x, y }, data: { label }, sourcePosition: "right" as Node["sourcePosition"], targetPosition: "left" as Node["targetPosition"],
  style: { width: id === "person" ? 140 : 240, overflowWrap: "anywhere" },
});

const edge = (source: string, target: string, label: string): Edge => ({
  id: `${source}→${target}`, source, target, label, markerEnd: { type: MarkerType.ArrowClosed },
});
