import { Fieldset, Group, NumberInput, Stack, Text } from "@mantine/core";
import { CapUsed } from "./CapUsed";
import { kept, type Offer } from "./offer";

type Of = NonNullable<Offer["caps"]>;

const CAPS = [
  ["person", "session", "One person, on a visit"],
  ["person", "day", "One person, on a day"],
  ["person", "campaign", "One person, ever"],
  ["all", "day", "Everybody, on a day"],
  ["all", "campaign", "Everybody, ever"],
] as const;

/** How often it is shown; of `published`, an offer that has caps for everybody, how far these are used. */
export function Caps({ caps = {}, published, error, change }: { caps?: Of; published?: Offer; error?: string; change: (caps: Of | undefined, at: string) => void }) {
  return (
    <Fieldset legend="At most so often">
      <Stack gap="xs">
        <Group>
          {CAPS.map(([of, per, label]) => (
            <NumberInput
              key={label}
              label={label}
              placeholder="no limit"
              min={1}
              allowDecimal={false}
              w={200}
              value={caps[of]?.[per] ?? ""}
              onChange={(number) => change(kept({ ...caps, [of]: kept({ ...caps[of], [per]: typeof number === "number" ? number : undefined }) }) as Of | undefined, label)}
            />
          ))}
        </Group>
        {error && <Text size="sm" c="var(--mantine-color-error)" role="alert">{error}</Text>}
        {published?.caps?.all && <CapUsed offer={published.id} />}
      </Stack>
    </Fieldset>
  );
}
