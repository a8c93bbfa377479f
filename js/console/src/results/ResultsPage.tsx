import { Badge, Card, Group, SimpleGrid, Text, Title } from "@mantine/core";
import { api } from "../api/client";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { Problem } from "../frame/Problem";
import { TextLink } from "../frame/TextLink";
import { useFirst } from "../frame/useFirst";
import { Waiting } from "../frame/Waiting";
import { goal } from "./goal";
import { Lift } from "./Lift";
import { name } from "./names";

/** All experiments of the published config. */
export function ResultsPage() {
  const experiments = api.useQuery("get", "/v1/experiments", { params: { query: { lifts: "1" } } });
  const { rows, more } = useFirst(experiments.data?.experiments ?? []);
  const list = () => {
    if (experiments.isPending) return <Waiting />;
    if (experiments.error) return <Problem error={experiments.error} retry={experiments.refetch} />;
    if (experiments.data.experiments.length === 0) {
      return (
        <Empty title="No experiment runs">
          Give an offer two or more variants and a goal. Each visitor then sees one of them, and what people did is compared here.
        </Empty>
      );
    }
    return (
      <>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {rows.map((experiment) => (
            <Card withBorder component="article" key={experiment.key} aria-label={experiment.offer.name}>
              <Group justify="space-between" mb="xs" wrap="nowrap">
                <Title order={2} size="h4">
                  <TextLink to="/results/$key" params={{ key: experiment.key }}>{experiment.offer.name}</TextLink>
                </Title>
                <Badge variant="light">{experiment.kind}</Badge>
              </Group>
              <Text size="sm">{experiment.variants.join(", ")}</Text>
              <Text size="sm" c="dimmed">{goal(experiment)}</Text>
              {experiment.lift && (
                <Text size="sm" mt={4}>
                  {experiment.lift.variant === null ? "" : `“${experiment.lift.variant}” `}beside {name(experiment.lift.control)}: <Lift interval={experiment.lift.interval} none="too few people so far" />
                </Text>
              )}
            </Card>
          ))}
        </SimpleGrid>
        {more}
      </>
    );
  };
  return (
    <>
      <Heading title="Results" about="What experiments have shown so far, and what can be said about it." />
      {list()}
    </>
  );
}
