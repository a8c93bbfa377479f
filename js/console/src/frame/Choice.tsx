import { Radio, Stack } from "@mantine/core";

/** One of a few, each with what it means. */
export function Choice<T extends string>({ label, value, onChange, of }: {
  label: string;
  value: T;
  onChange: (to: T) => void;
  of: { value: T; label: string; description: string }[];
}) {
  return (
    <Radio.Group label={label} value={value} onChange={(to) => onChange(to as T)}>
      <Stack gap="xs" mt={4}>{of.map((one) => <Radio key={one.value} {...one} />)}</Stack>
    </Radio.Group>
  );
}
