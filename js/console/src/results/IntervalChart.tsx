import { useMantineTheme } from "@mantine/core";
import { ErrorBar, ResponsiveContainer, Scatter, ScatterChart, XAxis, YAxis } from "recharts";

interface Known {
  name: string;
  value: number;
  low: number;
  high: number;
}

/** A point for each figure, and a line from the least to the most that it may be. */
export default function IntervalChart({ arms, format }: { arms: Known[]; format: (value: number) => string }) {
  const { colors, primaryColor } = useMantineTheme();
  const color = colors[primaryColor]?.[5];
  const data = arms.map(({ name, value, low, high }) => ({ name, value, spread: [value - low, high - value] }));
  const least = Math.min(0, ...arms.map(({ low }) => low));
  return (
    <ResponsiveContainer width="100%" height={40 + 44 * arms.length}>
      <ScatterChart accessibilityLayer={false} margin={{ top: 8, right: 24, bottom: 0, left: 8 }}>
        <XAxis type="number" dataKey="value" domain={[least, "auto"]} tickFormatter={format} tick={{ fill: "var(--mantine-color-dimmed)", fontSize: 12 }} />
        <YAxis type="category" dataKey="name" width={140} allowDuplicatedCategory={false} reversed tick={{ fill: "var(--mantine-color-text)", fontSize: 13 }} />
        <Scatter data={data} fill={color} isAnimationActive={false}>
          <ErrorBar dataKey="spread" direction="x" stroke={color} strokeWidth={2} width={8} isAnimationActive={false} />
        </Scatter>
      </ScatterChart>
    </ResponsiveContainer>
  );
}
