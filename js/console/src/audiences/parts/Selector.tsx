import { Stack } from "@mantine/core";
import { useContext } from "react";
import { withField } from "../condition";
import { CONTEXT } from "../catalogue";
import type { Json } from "../tree";
import { World } from "../world";
import { Condition } from "./Condition";
import { NameInput } from "./NameInput";

/** Which events: by name, and by what they say. */
export function Selector({ label, selector, change }: { label: string; selector: Json; change: (selector: Json) => void }) {
  const { catalogue } = useContext(World);
  const event = typeof selector.event === "string" ? selector.event : "";
  return (
    <Stack gap="xs">
      <NameInput label={label} placeholder="Choose or write the name of an event" names={catalogue.events} value={event} maw={320} change={(event) => change({ ...selector, event })} />
      <Condition
        label={`${event || "The event"} where`}
        condition={selector.where}
        names={catalogue.properties(event)}
        values={catalogue.values}
        add="where …"
        change={(where) => change(withField(selector, "where", where))}
      />
      {selector.context !== undefined && (
        <Condition
          label={`${event || "The event"} while`}
          condition={selector.context}
          names={CONTEXT.map((name) => ({ name }))}
          add="while …"
          change={(context) => change(withField(selector, "context", context))}
        />
      )}
    </Stack>
  );
}
