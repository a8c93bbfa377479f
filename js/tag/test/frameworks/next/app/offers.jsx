"use client";

import "@selvedge/tag/element";
import { load, track } from "@selvedge/tag";
import { Placement, useDecision } from "@selvedge/tag/react";
import { useEffect } from "react";

export function Offers() {
  const decision = useDecision("note");
  useEffect(() => {
    load("demo", { src: "/tag.js" }).catch(() => {});
    track("Started");
  }, []);
  return (
    <>
      <Placement name="hero" as="section"><h2>own hero</h2></Placement>
      <p>{decision ? decision.offer : "not decided"}</p>
      <selvedge-placement name="side">own side</selvedge-placement>
    </>
  );
}
