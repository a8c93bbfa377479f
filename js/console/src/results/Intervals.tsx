import { Skeleton, Table, VisuallyHidden } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { Schema } from "../api/client";

export interface Arm {
  name: string;
  interval: Schema<"Interval">;
}

const IntervalChart = lazy(() => import("./IntervalChart"));

/** Figures with the bounds between which they are: a picture, and the same as a table for whoever does not see it. */
export function Intervals({ label, arms, format }: { label: string; arms: Arm[]; format: (value: number) => string }) {
  const known = arms.flatMap(({ name, interval }) => (interval ? [{ name, ...interval }] : []));
  if (known.length === 0) return null;
  return (
    <figure style={{ margin: 0 }} aria-label={label}>
      <div aria-hidden>
        <Suspense fallback={<Skeleton height={40 + 44 * known.length} aria-busy />}>
          <IntervalChart arms={known} format={format} />
        </Suspense>
      </div>
      <VisuallyHidden>
        <Table>
          <Table.Caption>{label}</Table.Caption>
          <Table.Thead><Table.Tr><Table.Th>Variant</Table.Th><Table.Th>Measured</Table.Th><Table.Th>At least</Table.Th><Table.Th>At most</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {known.map(({ name, value, low, high }) => (
              <Table.Tr key={name}><Table.Td>{name}</Table.Td><Table.Td>{format(value)}</Table.Td><Table.Td>{format(low)}</Table.Td><Table.Td>{format(high)}</Table.Td></Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </VisuallyHidden>
    </figure>
  );
}
