import { Alert, Group, Stack, Table, Text } from "@mantine/core";
import { CheckCircledIcon, ClockIcon, CrossCircledIcon, ExclamationTriangleIcon, InfoCircledIcon } from "@radix-ui/react-icons";
import { useParams } from "@tanstack/react-router";
import { api, type Schema } from "../api/client";
import { Heading } from "../frame/Heading";
import { Problem } from "../frame/Problem";
import { TextLink } from "../frame/TextLink";
import { Time } from "../frame/Time";
import { Waiting } from "../frame/Waiting";
import { Part } from "../frame/Part";
import { chance, money, part } from "./figures";
import { goal } from "./goal";
import { Intervals } from "./Intervals";
import { Lift } from "./Lift";
import { name } from "./names";

type Results = Schema<"Results">;

/** One experiment: what can be said, and the figures that it is said by. */
export function ExperimentPage() {
  const { key } = useParams({ from: "/results/$key" });
  const found = api.useQuery("get", "/v1/experiments/{key}", { params: { path: { key } } }, { refetchInterval: 10_000 });
  if (found.isPending) return <Waiting />;
  if (found.error) return <Problem error={found.error} retry={found.refetch} />;
  const { experiment, results, countedAt } = found.data;
  return (
    <>
      <Heading title={experiment.offer.name} about={goal(experiment)} />
      <Stack>
        <Verdict verdict={results.verdict} />
        <Part title="Who reaches the goal">
          <Text size="sm" c="dimmed" mb="sm">
            {results.unit === "people"
              ? "People, each with what they did since they were given their variant. The bars are where the true rate is, however often you look."
              : "Decisions that were seen: a bandit draws anew each time. Those who never see the offer are not among them."}
          </Text>
          <OffersOwn results={results} />
          <Intervals label="Rate by variant" arms={results.arms.map(({ variant, rate }) => ({ name: name(variant), interval: rate }))} format={part} />
          <Rates results={results} />
          {countedAt && <Text size="sm" c="dimmed" mt="sm">Counted <Time at={countedAt} />.</Text>}
        </Part>
        {results.unit === "people" && (
          <Part title="What they spend">
            <Text size="sm" c="dimmed" mb="sm">Orders of the same time, less what was given back, for each person, whether they bought or not.</Text>
            <Intervals
              label="Revenue by variant"
              arms={results.arms.map(({ variant, revenue }) => ({ name: name(variant), interval: revenue?.mean ?? null }))}
              format={money}
            />
            <Spent results={results} />
          </Part>
        )}
        {results.unit === "people" && <Ratio results={results} />}
        <TextLink to="/results">All experiments</TextLink>
      </Stack>
    </>
  );
}

const LOOKS: Record<Schema<"Results">["verdict"]["code"], { title: string; color: string; Icon: typeof ClockIcon }> = {
  better: { title: "There is a better one", color: "green", Icon: CheckCircledIcon },
  best_found: { title: "There is a best one", color: "green", Icon: CheckCircledIcon },
  worse: { title: "There is a worse one", color: "orange", Icon: CrossCircledIcon },
  open: { title: "Not decided", color: "blue", Icon: InfoCircledIcon },
  learning: { title: "Still learning", color: "blue", Icon: InfoCircledIcon },
  too_early: { title: "Too early", color: "gray", Icon: ClockIcon },
  no_goal: { title: "No goal", color: "gray", Icon: InfoCircledIcon },
  ratio_mismatch: { title: "Something is wrong with the numbers", color: "red", Icon: ExclamationTriangleIcon },
};

function Verdict({ verdict }: { verdict: Results["verdict"] }) {
  const { title, color, Icon } = LOOKS[verdict.code];
  return <Alert title={title} color={color} icon={<Icon aria-hidden />} role="status">{verdict.text}</Alert>;
}

/** Over which part of the table one scrolls where it is narrow. */
const scrolls = (label: string) => ({ viewportProps: { tabIndex: 0, "aria-label": label } });

function Rates({ results: { arms, control, unit } }: { results: Results }) {
  return (
    <Table.ScrollContainer minWidth={620} scrollAreaProps={scrolls("Rates")}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Variant</Table.Th>
            <Table.Th>{unit === "people" ? "People" : "Decisions"}</Table.Th>
            <Table.Th>Reached the goal</Table.Th>
            <Table.Th>Rate</Table.Th>
            {control && <Table.Th>Beside {name(control)}</Table.Th>}
            <Table.Th>Probably the best</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {arms.map((arm) => (
            <Table.Tr key={arm.variant}>
              <Table.Td><Named arm={arm} /></Table.Td>
              <Table.Td>{arm.counted.n.toLocaleString()}</Table.Td>
              <Table.Td>{arm.counted.converted.toLocaleString()}</Table.Td>
              <Table.Td>{arm.rate ? part(arm.rate.value) : "–"}</Table.Td>
              {control && <Table.Td><Beside control={control} arm={arm.variant} interval={arm.lift} /></Table.Td>}
              <Table.Td>{chance(arm.best)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Spent({ results: { arms, control } }: { results: Results }) {
  return (
    <Table.ScrollContainer minWidth={520} scrollAreaProps={scrolls("Revenue")}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Variant</Table.Th><Table.Th>All together</Table.Th><Table.Th>Each</Table.Th>
            {control && <Table.Th>Beside {name(control)}</Table.Th>}
            <Table.Th>Probably the best</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {arms.map((arm) => arm.revenue && (
            <Table.Tr key={arm.variant}>
              <Table.Td><Named arm={arm} /></Table.Td>
              <Table.Td>{money(arm.revenue.total)}</Table.Td>
              <Table.Td>{arm.revenue.mean ? money(arm.revenue.mean.value) : "–"}</Table.Td>
              {control && <Table.Td><Beside control={control} arm={arm.variant} interval={arm.revenue.lift} /></Table.Td>}
              <Table.Td>{chance(arm.revenue.best)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Named({ arm }: { arm: Results["arms"][number] }) {
  return (
    <Group gap="xs">
      <Text span inherit>{name(arm.variant)}</Text>
      {arm.gone && <Text span size="xs" c="dimmed">not in the config any more</Text>}
    </Group>
  );
}

function Beside({ control, arm, interval }: { control: string; arm: string; interval: Schema<"Interval"> }) {
  return arm === control ? <Text span inherit c="dimmed">compared with</Text> : <Lift interval={interval} />;
}

/** What the offer itself brings, where others do without it. */
function OffersOwn({ results: { lift } }: { results: Results }) {
  if (!lift || lift.variant !== null) return null;
  return <Text mb="sm">All who are given the offer, beside those who are held out: <Lift interval={lift.interval} none="too few people so far" /></Text>;
}

function Ratio({ results: { ratio } }: { results: Results }) {
  const said = !ratio
    ? "Nobody can tell whether as many people are in each variant as there should be: the shares were changed on the way, or there is only one variant so far."
    : ratio.mismatch
      ? `The numbers of people are so far from the shares that chance would do it once in ${Math.round(1 / Math.max(ratio.p, 1e-9)).toLocaleString()} times. Look for what loses people of one variant: an error in its content, a redirect, a bot.`
      : "There are as many people in each variant as there should be.";
  return <Part title="Are the numbers sound?"><Text size="sm">{said}</Text></Part>;
}
