// A page of a React site: rendered on a server, taken over by the browser.

import { Placement, useDecision } from "@selvedge/tag/react";

const Note = () => {
  const decision = useDecision("note");
  return <p id="note">{decision ? (decision.offer ?? "no offer") : "not decided"}</p>;
};

export const Page = () => (
  <main>
    <Placement name="hero" as="section" className="wide"><h2>own hero</h2></Placement>
    <Placement name="strip" render={(json) => <b>{json.text}</b>}>own strip</Placement>
    <Note />
    <selvedge-placement name="side"><i>own side</i></selvedge-placement>
  </main>
);
