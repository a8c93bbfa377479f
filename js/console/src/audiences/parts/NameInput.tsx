import { Autocomplete, type AutocompleteProps } from "@mantine/core";
import { useEffect, useState } from "react";

interface Props extends Omit<AutocompleteProps, "value" | "onChange" | "data"> {
  value: string;
  names: string[];
  change: (name: string) => void;
}

/** A name out of those in use, or another. It counts when somebody has chosen it or goes on: half a name is none. */
export function NameInput({ value, names, change, ...more }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const take = (name: string) => name !== value && change(name);
  return (
    <Autocomplete
      {...more}
      data={[...new Set(names)]}
      limit={30}
      value={text}
      onChange={setText}
      onOptionSubmit={take}
      onBlur={() => take(text)}
      onKeyDown={(event) => event.key === "Enter" && take(text)}
    />
  );
}
