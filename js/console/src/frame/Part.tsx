import { Card, Group, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** A part of a page, with what can be done about it beside its title. */
export function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Group justify="space-between" mb="sm"><Title order={2}>{title}</Title>{aside}</Group>
      {children}
    </Card>
  );
}
