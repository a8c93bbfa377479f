import { Anchor, Button, CopyButton, Group, Modal, Select, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { api, type Schema } from "../api/client";
import { Problem } from "../frame/Problem";
import { Time } from "../frame/Time";
import { PreviewAs } from "./PreviewAs";

const MINUTES = [{ value: "30", label: "30 minutes" }, { value: "60", label: "an hour" }, { value: "480", label: "a working day" }];

/** The address of a page as a draft has it. */
function addressOf(page: string, token: string): string {
  const url = new URL(page);
  url.searchParams.set("selvedge_preview", token);
  return url.href;
}

/** What files that are not published would come to: on the site itself, and for anybody. */
export function PreviewDialog({ files, onClose }: { files: Schema<"Files">; onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Preview" size="lg">
      <Tabs defaultValue="site" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="site">On the site</Tabs.Tab>
          <Tabs.Tab value="as">As somebody</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="site"><OnSite files={files} /></Tabs.Panel>
        <Tabs.Panel value="as"><PreviewAs files={files} /></Tabs.Panel>
      </Tabs>
    </Modal>
  );
}

function OnSite({ files }: { files: Schema<"Files"> }) {
  const sources = (files["sources.json"] as { sources?: { origins?: string[] }[] } | undefined)?.sources ?? [];
  const [address, setAddress] = useState(sources.flatMap(({ origins }) => origins ?? [])[0] ?? `${location.origin}/`);
  const [minutes, setMinutes] = useState("60");
  const draft = api.useMutation("post", "/v1/drafts");
  const isAddress = URL.canParse(address) && /^https?:/.test(address);
  const make = () => draft.mutate({ body: { files, until: new Date(Date.now() + Number(minutes) * 60_000).toISOString() } });
  return (
    <Stack>
      <Text size="sm">The real page with this draft, for whoever opens the link. Nothing is published, and what is seen and clicked of offers counts nowhere.</Text>
      <TextInput label="Page" type="url" value={address} onChange={(change) => setAddress(change.currentTarget.value)} error={isAddress ? undefined : "An address as https://shop.example/"} />
      <Select label="The link works for" data={MINUTES} value={minutes} onChange={(value) => setMinutes(value ?? minutes)} allowDeselect={false} />
      {draft.error && <Problem error={draft.error} />}
      {draft.data && isAddress ? (
        <Stack gap="xs" role="status">
          <Text size="sm">Ready until <Time at={draft.data.until} />.</Text>
          <Group>
            <Button component="a" href={addressOf(address, draft.data.token)} target="_blank" rel="noopener">Open the page</Button>
            <CopyButton value={addressOf(address, draft.data.token)}>
              {({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? "Copied" : "Copy the link"}</Button>}
            </CopyButton>
            <Anchor component="button" type="button" size="sm" onClick={make}>Another link</Anchor>
          </Group>
        </Stack>
      ) : (
        <Group><Button disabled={!isAddress} loading={draft.isPending} onClick={make}>Make the link</Button></Group>
      )}
    </Stack>
  );
}
