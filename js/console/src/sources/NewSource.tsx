import { Alert, TextInput } from "@mantine/core";
import { useState } from "react";
import { written } from "../config/draft";
import { idOf, parsed } from "../config/parsed";
import type { Writing } from "../config/useDraft";
import { BeginDialog } from "../frame/BeginDialog";
import { Choice } from "../frame/Choice";
import { listed, sourcesOf, type Source } from "./source";

const FILE = "sources.json";

/** What holds before somebody has said a word. */
const KEPT = { analytics: true, personalisation: true, advertising: false, sale_or_share: false };

/** Nobody guesses it, and nothing in it has to be escaped. */
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Asks for what a source needs, and writes it into the draft. */
export function NewSource({ writing: { draft, write }, close }: { writing: Writing; close: () => void }) {
  const [kind, setKind] = useState<Source["kind"]>("browser");
  const [address, setAddress] = useState("");
  const [secret, setSecret] = useState("");
  const [before, setBefore] = useState<"nothing" | "kept">("nothing");
  const isPage = kind === "browser";
  const origin = URL.canParse(address) && /^https?:/.test(address) ? new URL(address).origin : undefined;
  const isWrong = address.trim() !== "" && origin === undefined;
  const begin = (name: string) => {
    const source = {
      id: idOf(name, sourcesOf(draft.texts).map(({ id }) => id)), name, writeKey: newKey(), kind,
      identity: isPage && secret.trim() ? { mode: "required", secret: secret.trim() } : { mode: "off" },
      ...(isPage && origin && { origins: [origin] }),
      // A server speaks of customers of its own; what it may send it knows itself.
      ...((!isPage || before === "kept") && { consent: { default: KEPT } }),
    };
    write({ ...draft.texts, [FILE]: written({ ...parsed(draft.texts[FILE]), sources: [...listed(draft.texts), source] }) });
    close();
  };
  return (
    <BeginDialog title="New source" placeholder="Our shop" mayBegin={!isWrong} begin={begin} close={close}>
      <Choice
        label="What sends"
        value={kind}
        onChange={setKind}
        of={[
          { value: "browser", label: "A website", description: "Its pages carry the tag. Its key is public" },
          { value: "server", label: "A server", description: "Its key is secret, and what it says of customers is believed" },
        ]}
      />
      {isPage && (
        <>
          <TextInput label="Address" type="url" description="Where the pages are. None is needed where the edge is on the same host" placeholder="https://shop.example" value={address} error={isWrong ? "An address as https://shop.example" : undefined} onChange={(event) => setAddress(event.currentTarget.value)} />
          <TextInput label="Secret that logins are signed with" description="Its name among the Worker's secrets; your server signs with the same" placeholder="SHOP_IDENTITY_SECRET" value={secret} onChange={(event) => setSecret(event.currentTarget.value)} />
          {!secret.trim() && <Alert color="orange" variant="light">Without one anybody can say on a page that they are somebody else.</Alert>}
          <Choice
            label="Before a visitor has agreed or declined"
            value={before}
            onChange={setBefore}
            of={[
              { value: "nothing", label: "Nothing is kept", description: "Events count from when your consent banner says so" },
              { value: "kept", label: "Events are kept, and offers go by them", description: "Where the law allows that" },
            ]}
          />
        </>
      )}
    </BeginDialog>
  );
}
