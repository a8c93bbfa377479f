import { Skeleton, Stack } from "@mantine/core";

export function Waiting() {
  return (
    <Stack aria-busy="true" aria-label="Loading">
      <Skeleton h={32} w={240} />
      <Skeleton h={120} />
      <Skeleton h={120} />
    </Stack>
  );
}
