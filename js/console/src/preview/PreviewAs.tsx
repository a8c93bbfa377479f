import { Button, Group, MultiSelect, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { answered, api, edge, type Schema } from "../api/client";
import { useMutation } from "@tanstack/react-query";
import { idsIn } from "../config/parsed";
import { calledIn } from "../config/useNames";
import { Problem } from "../frame/Problem";
import { Decisions } from "./Decisions";

/** What every placement would show to somebody, or to whoever is in some segments, and why: by `files`, or by what is published. */
export function PreviewAs({ files }: { files?: Schema<"Files"> }) {
  const published = api.useQuery("get", "/v1/config", {}, { retry: false });
  const among = files ?? published.data?.files ?? {};
  const called = calledIn(among);
  const segments = idsIn("segments", Object.keys(among)).map((id) => ({ value: id, label: called.segment(id) }));
  const [as, setAs] = useState<"profile" | "segments">("profile");
  const [profile, setProfile] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const preview = useMutation({
    mutationFn: async () => {
      const whom = as === "profile" ? { profile: profile.trim() } : { segments: chosen };
      const draft = files && (await answered(edge.POST("/v1/drafts", { body: { files } }))).token;
      return answered(edge.POST("/v1/preview", { body: { ...whom, ...(draft && { draft }) } }));
    },
  });
  return (
    <Stack>
      <SegmentedControl aria-label="As" value={as} onChange={(value) => setAs(value as typeof as)} data={[{ value: "profile", label: "A person" }, { value: "segments", label: "Members of segments" }]} />
      <form onSubmit={(submit) => { submit.preventDefault(); preview.mutate(); }}>
        <Group align="flex-end">
          {as === "profile" ? (
            <TextInput label="Who" placeholder="email:ada@example.com" value={profile} onChange={(change) => setProfile(change.currentTarget.value)} style={{ flex: 1 }} />
          ) : (
            <MultiSelect label="Who is in these, and in no others" data={segments} value={chosen} onChange={setChosen} searchable style={{ flex: 1 }} />
          )}
          <Button type="submit" loading={preview.isPending} disabled={as === "profile" && profile.trim() === ""}>Show</Button>
        </Group>
      </form>
      {preview.error && <Problem error={preview.error} />}
      {preview.data && <Decisions decisions={preview.data.decisions} why={preview.data.why} called={called} />}
    </Stack>
  );
}
