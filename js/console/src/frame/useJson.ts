import { useEffect, useState } from "react";
import { written } from "../config/draft";

function read(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** Data as somebody writes it: it counts as soon as it is JSON, and text that is none yet is left alone. */
export function useJson(value: unknown, change: (value: unknown) => void): { text: string; isJson: boolean; write: (text: string) => void } {
  const [text, setText] = useState(() => written(value));
  const said = read(text);
  useEffect(() => {
    if (said && !isSame(said.value, value)) setText(written(value));
  }, [value]);
  const write = (text: string) => {
    setText(text);
    const now = read(text);
    if (now && !isSame(now.value, value)) change(now.value);
  };
  return { text, isJson: said !== undefined, write };
}
