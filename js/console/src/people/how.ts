/** Why somebody entered a segment, or left it. */
export const HOW = {
  event: "by an event",
  time: "because time passed",
  definition: "because the segment was published or changed",
  backfill: "because the segment was published or changed",
  threshold: "because a threshold moved",
  import: "by an imported list",
  merge: "because people were joined or parted",
  replay: "by a replay",
};
