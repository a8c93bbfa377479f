import { Alert, Badge, Button, Group, Menu, Tabs, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { api, told } from "../api/client";
import { counted } from "../frame/counted";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { Problem } from "../frame/Problem";
import { TextLink } from "../frame/TextLink";
import { Time } from "../frame/Time";
import { Waiting } from "../frame/Waiting";
import { useMay } from "../session/session";
import { Decided } from "./Decided";
import { EraseDialog, ReceiptShown } from "./EraseDialog";
import { Identity } from "./Identity";
import { MergeDialog } from "./MergeDialog";
import { bestOf, nameOf } from "./names";
import { Overview } from "./Overview";
import { Timeline } from "./Timeline";

const route = getRouteApi("/people/$name");

/** One person, all round. */
export function PersonPage() {
  const { name } = route.useParams();
  const profile = api.useQuery("get", "/v1/profiles/{name}", { params: { path: { name }, query: { limit: 1 } } });
  const [merging, merge] = useDisclosure();
  const [erasing, erase] = useDisclosure();
  const [mayJoin, mayErase] = [useMay("join_and_part"), useMay("erase")];

  if (profile.isPending) return <Waiting />;
  if (profile.error) {
    const { code } = told(profile.error);
    if (code === "profile_erased") {
      const receipt = "receipt" in profile.error ? profile.error.receipt : null;
      return (
        <>
          <Heading title="Erased" about="This person was erased. Nothing is left of them but what the receipt says." />
          {receipt && <ReceiptShown receipt={receipt} />}
        </>
      );
    }
    if (code === "profile_not_found") {
      return (
        <>
          <Heading title={name} />
          <Empty title="Nobody is known by this name">
            <TextLink to="/people" inherit>Find somebody else</TextLink>
          </Empty>
        </>
      );
    }
    return <Problem error={profile.error} retry={profile.refetch} />;
  }
  const person = profile.data;
  const named = bestOf(person.identifiers);
  return (
    <>
      <Heading
        title={named?.value ?? "Nobody knows their name"}
        about={
          <Group gap="xs">
            {named && <Badge variant="light">{named.namespace}</Badge>}
            <Text size="sm" span>first seen <Time at={person.firstSeen} />, last seen <Time at={person.lastSeen} />, {counted(person.computed.events, "event")}</Text>
          </Group>
        }
      >
        <Button component="a" variant="default" href={`/v1/profiles/${encodeURIComponent(`id:${person.profileId}`)}/export`} download>
          Export
        </Button>
        {(mayJoin || mayErase) && (
          <Menu position="bottom-end">
            <Menu.Target><Button variant="default">More</Button></Menu.Target>
            <Menu.Dropdown>
              {mayJoin && <Menu.Item onClick={merge.open}>Merge with somebody…</Menu.Item>}
              {mayErase && <Menu.Item color="red" onClick={erase.open}>Erase…</Menu.Item>}
            </Menu.Dropdown>
          </Menu>
        )}
      </Heading>
      {person.movedFrom && (
        <Alert variant="light" mb="md" title="They were joined">
          The profile that you asked for has become a part of this one.
        </Alert>
      )}
      <Tabs defaultValue="overview" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="overview">Overview</Tabs.Tab>
          <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
          <Tabs.Tab value="decisions">Decisions</Tabs.Tab>
          <Tabs.Tab value="identity">Identity</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview"><Overview person={person} /></Tabs.Panel>
        <Tabs.Panel value="timeline"><Timeline profileId={person.profileId} /></Tabs.Panel>
        <Tabs.Panel value="decisions"><Decided profileId={person.profileId} /></Tabs.Panel>
        <Tabs.Panel value="identity"><Identity person={person} /></Tabs.Panel>
      </Tabs>
      {merging && <MergeDialog name={named ? nameOf(named) : `id:${person.profileId}`} close={merge.close} />}
      {erasing && <EraseDialog name={`id:${person.profileId}`} close={erase.close} />}
    </>
  );
}
