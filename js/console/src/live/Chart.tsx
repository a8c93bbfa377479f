import "@mantine/charts/styles.css";

import { LineChart } from "@mantine/charts";
import type { Second } from "./feed";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

const SERIES = [
  { name: "events", label: "Events", color: "cyan.7" },
  { name: "visitors", label: "Visitors", color: "orange.6" },
  { name: "decisions", label: "Decisions", color: "grape.6" },
];

/** A line for each, over the last two minutes. */
export default function Chart({ seconds }: { seconds: Second[] }) {
  return (
    <LineChart
      h={220}
      data={seconds.map((second) => ({ ...second, time: clock.format(second.at * 1000) }))}
      dataKey="time"
      series={SERIES}
      curveType="linear"
      withDots={false}
      withLegend
      strokeWidth={2}
      xAxisProps={{ minTickGap: 60 }}
      lineProps={{ isAnimationActive: false }}
      yAxisProps={{ allowDecimals: false, width: 40 }}
    />
  );
}
