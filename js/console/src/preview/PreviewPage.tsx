import { Heading } from "../frame/Heading";
import { PreviewAs } from "./PreviewAs";

/** What is published, as somebody sees it. */
export function PreviewPage() {
  return (
    <>
      <Heading title="Preview" about="What every placement shows to somebody now, and why. Nobody is shown anything, and nothing counts." />
      <PreviewAs />
    </>
  );
}
