import { Badge, Button, Card, Group, MultiSelect, SegmentedControl, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { answered, api, edge, type Schema } from "../api/client";
import { useMutation } from "@tanstack/react-query";
import { idsIn } from "../config/parsed";
import { Empty } from "../frame/Empty";
import { Problem } from "../frame/Problem";

/** What kept an offer back, in plain words. */
const BY: Record<Schema<"Decisive">, string> = {
  schedule: "does not run now",
  consent: "may not ask anything of this person",
  audience: "this person is not in its audience",
  person_cap: "this person has seen it often enough",
  on_page: "is in another placement of the page",
  exclusive: "another one of its group is on the page",
  shared_cap: "all together have got it often enough",
  held_out: "this person is held out",
  template: "its content can't be made",
  beaten: "one of higher priority is shown",
  won: "is shown",
};

/** What every placement would show to somebody, or to whoever is in some segments, and why: by `files`, or by what is published. */
export function PreviewAs({ files }: { files?: Schema<"Files"> }) {
  const published = api.useQuery("get", "/v1/config", {}, { retry: false });
  const among = files ?? published.data?.files ?? {};
  const segments = idsIn("segments", Object.keys(among));
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
      {preview.data && <Decisions decisions={preview.data.decisions} why={preview.data.why} />}
    </Stack>
  );
}

function Decisions({ decisions, why }: { decisions: Schema<"Decision">[]; why: Schema<"Trace"> }) {
  if (decisions.length === 0) return <Empty title="No placement">Placements are the named places of pages that offers are shown in; add one to the config.</Empty>;
  return (
    <Stack role="status">
      {decisions.map((decision) => (
        <Card withBorder key={decision.placement} component="section" aria-label={decision.placement}>
          <Group justify="space-between">
            <Title order={3}>{decision.placement}</Title>
            <Badge variant="light" color={decision.offer ? "teal" : "gray"}>{decision.offer ?? "the page's own content"}{decision.variant && ` · ${decision.variant}`}</Badge>
          </Group>
          <Considered of={why.placements.find(({ placement }) => placement === decision.placement)?.considered ?? []} />
        </Card>
      ))}
    </Stack>
  );
}

function Considered({ of }: { of: Schema<"Trace">["placements"][number]["considered"] }) {
  if (of.length === 0) return <Text size="sm" c="dimmed">No offer is for this placement.</Text>;
  return (
    <Table mt="xs">
      <Table.Thead><Table.Tr><Table.Th>Offer</Table.Th><Table.Th>Why</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {of.map(({ offer, by, detail }) => (
          <Table.Tr key={offer}>
            <Table.Td>{offer}</Table.Td>
            <Table.Td>{BY[by]}{detail && <Text span inherit c="dimmed"> ({detail})</Text>}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
