// The tag under measure: its stub, its script, and answers as the edge's.

import { STUB } from "../../../../../js/tag/test/stub.mjs";
import { textOf } from "../../bodies.mjs";

let decided = 0;
/** Another offer each time, so that the page has something to change. */
const decision = (placement) => {
  const offer = `offer-${(decided += 1)}`;
  return { placement, offer, variant: null, content: { type: "html", html: `<p>${offer}</p>` }, reason: "audience", token: `${offer}-token` };
};

export default {
  title: "Selvedge",
  /** It is built here, not installed. */
  built: true,
  head: (origin) => `${STUB}
<script async src="${origin}/tag.js" data-write-key="demo" data-page-views="manual"></script>
<script>begin({
  page: function (properties) { selvedge.page(properties) },
  track: function (event, properties) { selvedge.track(event, properties) },
  ready: new Promise(function (done) { selvedge.ready(done) }),
})</script>`,
  answer({ body }) {
    const { decide } = JSON.parse(textOf(body));
    const decisions = decide && { decisions: decide.placements.map(decision) };
    return { body: JSON.stringify({ success: true, configVersion: 1, device: "bound", ...decisions }) };
  },
};
