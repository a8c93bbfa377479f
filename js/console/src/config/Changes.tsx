import { Badge, Card, Group, Stack, Table, Text } from "@mantine/core";
import type { Schema } from "../api/client";
import { Value } from "../frame/Value";

const CHANGE = { added: { label: "new", color: "green" }, removed: { label: "gone", color: "red" }, changed: { label: "changed", color: "cyan" } };

/** What is different, for people. */
export function Changes({ changes }: { changes: Schema<"Difference">[] }) {
  if (changes.length === 0) return <Text c="dimmed" size="sm">Nothing is different in the files.</Text>;
  return (
    <Stack gap="sm">
      {changes.map(({ file, change, places }) => (
        <Card key={file} withBorder padding="sm" component="section" aria-label={file}>
          <Group gap="xs" mb={4}>
            <Text fw={600} className="selvedge-value">{file}</Text>
            <Badge size="sm" variant="light" color={CHANGE[change].color}>{CHANGE[change].label}</Badge>
          </Group>
          {change === "changed" ? (
            <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": `Changes of ${file}` } }}>
              <Table>
                <Table.Thead><Table.Tr><Table.Th>Where</Table.Th><Table.Th>Before</Table.Th><Table.Th>After</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>
                  {places.map((place) => (
                    <Table.Tr key={place.path}>
                      <Table.Td className="selvedge-value">{place.path}</Table.Td>
                      <Table.Td><Value of={place.before} /></Table.Td>
                      <Table.Td><Value of={place.after} /></Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          ) : (
            places.map((place) => <Value key={place.path} of={change === "added" ? place.after : place.before} />)
          )}
        </Card>
      ))}
    </Stack>
  );
}
