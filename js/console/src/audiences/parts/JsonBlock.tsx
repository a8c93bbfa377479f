import { JsonInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { written } from "../../config/draft";

interface Props {
  label: string;
  value: unknown;
  change: (value: unknown) => void;
  description?: string;
}

/** What has no control of its own, as it is written. It counts as soon as it is JSON. */
export function JsonBlock({ label, value, change, description = "Written as JSON: there are no controls for this." }: Props) {
  const [text, setText] = useState(() => written(value));
  const isSame = (text: string) => {
    try {
      return JSON.stringify(JSON.parse(text)) === JSON.stringify(value);
    } catch {
      return true;
    }
  };
  useEffect(() => {
    if (!isSame(text)) setText(written(value));
  }, [value]);
  return (
    <JsonInput
      label={label}
      description={description}
      validationError="This is no JSON yet"
      autosize
      minRows={2}
      maxRows={16}
      value={text}
      onChange={(text) => {
        setText(text);
        try {
          change(JSON.parse(text) as unknown);
        } catch {
          // Somebody is still writing it.
        }
      }}
    />
  );
}
