import { Table, Text } from "@mantine/core";
import { api, type Schema } from "../api/client";
import { useNames } from "../config/useNames";
import { Empty } from "../frame/Empty";
import { Part } from "../frame/Part";
import { TextLink } from "../frame/TextLink";
import { useFirst } from "../frame/useFirst";
import { Lift } from "../results/Lift";
import { name } from "../results/names";
import type { Came } from "./feed";

/** How often lifts are asked for anew: people are counted some seconds after what they did. */
const EVERY_MS = 5_000;

/** What comes of offers, while somebody looks. */
export function Offers({ offers }: { offers: [string, Came][] }) {
  const experiments = api.useQuery("get", "/v1/experiments", { params: { query: { lifts: "1" } } }, { refetchInterval: EVERY_MS });
  const of = (offer: string) => experiments.data?.experiments.find((one) => one.offer.id === offer);
  const called = useNames();
  const { rows, more } = useFirst(offers);
  return (
    <Part title="Offers, since you opened this page">
      {offers.length === 0 ? <Empty title="No offer yet">Who sees which offer, clicks it, and does what it is for, is counted here as it happens.</Empty> : (
        <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Offers" } }}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>Offer</Table.Th><Table.Th>Decided</Table.Th><Table.Th>Seen</Table.Th><Table.Th>Clicked</Table.Th><Table.Th>Converted</Table.Th><Table.Th>Lift, since it began</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {rows.map(([offer, came]) => (
                <Table.Tr key={offer}>
                  <Table.Td className="selvedge-value"><TextLink to="/offers/$id" params={{ id: offer }} inherit>{called.offer(offer)}</TextLink></Table.Td>
                  {[came.decided, came.viewed, came.clicked].map((count, index) => <Table.Td key={index}>{count.toLocaleString()}</Table.Td>)}
                  <Table.Td>{came.converted > 0 || of(offer)?.goal ? came.converted.toLocaleString() : <None>no goal</None>}</Table.Td>
                  <Table.Td>{experiments.data && <LiftOf experiment={of(offer)} />}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {more}
    </Part>
  );
}

const None = ({ children }: { children: string }) => <Text span inherit c="dimmed">{children}</Text>;

/** What an offer brings, as its experiment has shown it so far. */
function LiftOf({ experiment }: { experiment: Schema<"Experiment"> | undefined }) {
  if (!experiment) return <None>no holdout</None>;
  const { key, lift } = experiment;
  if (!lift) return <None>{experiment.goal ? "no holdout" : "no goal"}</None>;
  return (
    <>
      <Lift interval={lift.interval} none="too few people so far" />
      <TextLink to="/results/$key" params={{ key }} size="xs" display="block">{lift.variant === null ? "" : `“${lift.variant}” `}beside {name(lift.control)}</TextLink>
    </>
  );
}
