import { JsonInput } from "@mantine/core";
import { useJson } from "../../frame/useJson";

interface Props {
  label: string;
  value: unknown;
  change: (value: unknown) => void;
  description?: string;
}

/** What has no control of its own, as it is written. */
export function JsonBlock({ label, value, change, description = "Written as JSON: there are no controls for this." }: Props) {
  const { text, write } = useJson(value, change);
  return <JsonInput label={label} description={description} validationError="This is no JSON yet" autosize minRows={2} maxRows={16} value={text} onChange={write} />;
}
