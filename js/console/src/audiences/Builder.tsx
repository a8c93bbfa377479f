import { ActionIcon, Button, Card, Group as Row, Menu, SegmentedControl, Select, Stack, Switch, Text } from "@mantine/core";
import { Cross2Icon, PlusIcon } from "@radix-ui/react-icons";
import { useContext, type ReactNode } from "react";
import { QueryBuilder, type ActionProps, type CombinatorSelectorProps, type NotToggleProps, type RuleProps } from "react-querybuilder";
import { JsonBlock } from "./parts/JsonBlock";
import { Performed, Sequence } from "./parts/Events";
import { Cart, Context, Named, Score, Traits } from "./parts/Others";
import { fresh, KINDS, toRule, toTree, type Group, type Json, type Kind, type Leaf } from "./tree";
import { World } from "./world";

const ABOUT: Record<Kind, { label: string; is: string; not: string }> = {
  performed: { label: "Something they did", is: "did", not: "did not do" },
  sequence: { label: "One thing after another", is: "did", not: "did not do" },
  cart: { label: "What is in the cart", is: "is so", not: "is not so" },
  traits: { label: "Who they are", is: "is so", not: "is not so" },
  score: { label: "A number of theirs", is: "lies", not: "does not lie" },
  segment: { label: "Another audience", is: "is in", not: "is not in" },
  audience: { label: "An imported list", is: "is in", not: "is not in" },
  context: { label: "Device, place and visit", is: "is so", not: "is not so" },
  other: { label: "Written as JSON", is: "is so", not: "is not so" },
};

/** A rule, visually: groups in groups, and a condition of its own kind in each place. */
export function Builder({ rule, change }: { rule: unknown; change: (rule: unknown) => void }) {
  const { readOnly } = useContext(World);
  return (
    <QueryBuilder
      query={toTree(rule)}
      onQueryChange={(tree) => change(toRule(tree as Group))}
      enableMountQueryChange={false}
      resetOnFieldChange={false}
      addRuleToNewGroups={false}
      disabled={readOnly}
      showNotToggle
      combinators={[{ name: "all", label: "all of these" }, { name: "any", label: "any of these" }]}
      onAddRule={(_rule, _path, _query, kind: Kind) => ({ field: kind, operator: "is", value: fresh(kind), at: "" }) as Leaf}
      controlElements={{
        rule: Condition,
        combinatorSelector: Combinator,
        notToggle: Not,
        addRuleAction: AddCondition,
        addGroupAction: AddGroup,
        removeGroupAction: RemoveGroup,
      }}
      controlClassnames={{ queryBuilder: "selvedge-builder" }}
    />
  );
}

function Combinator({ value, handleOnChange, disabled, level }: CombinatorSelectorProps) {
  return (
    <SegmentedControl
      size="xs"
      aria-label={level === 0 ? "Whoever fulfils" : "In this group, whoever fulfils"}
      disabled={disabled}
      data={[{ value: "all", label: "all of these" }, { value: "any", label: "any of these" }]}
      value={String(value)}
      onChange={handleOnChange}
    />
  );
}

function Not({ checked, handleOnChange, disabled }: NotToggleProps) {
  return <Switch size="sm" label="the contrary" disabled={disabled} checked={checked ?? false} onChange={(event) => handleOnChange(event.currentTarget.checked)} />;
}

function AddCondition({ handleOnClick, disabled }: ActionProps) {
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button size="xs" leftSection={<PlusIcon />} disabled={disabled}>Condition</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {KINDS.map((kind) => (
          <Menu.Item key={kind} onClick={(event) => handleOnClick(event, kind)}>{ABOUT[kind].label}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function AddGroup({ handleOnClick, disabled }: ActionProps) {
  return <Button size="xs" variant="default" leftSection={<PlusIcon />} disabled={disabled} onClick={(event) => handleOnClick(event)}>Group</Button>;
}

function RemoveGroup({ handleOnClick, disabled }: ActionProps) {
  return <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Remove the group" disabled={disabled} onClick={(event) => handleOnClick(event)}><Cross2Icon /></ActionIcon>;
}

/** One condition, with what is wrong with it. */
function Condition({ rule, path, actions }: RuleProps) {
  const { wrong, readOnly, names, self } = useContext(World);
  const { field, operator, value, at } = rule as Leaf;
  const put = (value: unknown) => actions.onPropChange("value", value, path);
  const about = ABOUT[field];
  // A list of one rule may be named by its own path, or by that of what is in it.
  const mine = wrong.filter((error) => at !== "" && (error.path === at || error.path.startsWith(`${at}.`)));
  return (
    <Card withBorder padding="sm" component="section" aria-label={about.label}>
      <fieldset disabled={readOnly} className="selvedge-bare">
        <Stack gap="xs">
          <Row justify="space-between" wrap="nowrap">
            <Row gap="xs">
              <Text size="sm" fw={600}>{about.label}</Text>
              <Select
                size="xs"
                w={130}
                aria-label={`${about.label}: or its contrary`}
                data={[{ value: "is", label: about.is }, { value: "not", label: about.not }]}
                value={operator}
                allowDeselect={false}
                onChange={(to) => to && actions.onPropChange("operator", to, path)}
              />
            </Row>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Remove: ${about.label}`} onClick={() => actions.onRuleRemove(path)}><Cross2Icon /></ActionIcon>
          </Row>
          {parts(field, value, put, names, self)}
          {mine.length > 0 && (
            <Stack gap={2} role="alert">
              {mine.map((error, index) => <Text key={index} size="sm" c="var(--mantine-color-error)">{placeIn(error.path, `${at}.${field}`)}{error.reason}</Text>)}
            </Stack>
          )}
        </Stack>
      </fieldset>
    </Card>
  );
}

/** Where in a condition, in front of what is wrong there. */
function placeIn(path: string, condition: string): string {
  const inside = path.slice(condition.length + 1).replaceAll(".", " › ");
  return inside ? `${inside}: ` : "";
}

function parts(kind: Kind, rule: unknown, put: (rule: unknown) => void, names: { segments: Record<string, string>; audiences: Record<string, string> }, self: string): ReactNode {
  if (kind === "other") return <JsonBlock label="Rule" value={rule} change={put} />;
  const inner = (rule as Json)[kind];
  const set = (inner: unknown) => put({ [kind]: inner });
  switch (kind) {
    case "performed": return <Performed value={inner as Json} change={set} />;
    case "sequence": return <Sequence value={inner as Json} change={set} />;
    case "cart": return <Cart value={inner as Json} change={set} />;
    case "traits": return <Traits value={inner as Json} change={set} />;
    case "score": return <Score value={inner as Json} change={set} />;
    case "context": return <Context value={inner as Json} change={set} />;
    case "audience": return <Named label="List" id={String(inner)} all={names.audiences} change={set} />;
    case "segment": {
      const { [self]: _, ...others } = names.segments;
      return <Named label="Audience" id={String(inner)} all={others} change={set} />;
    }
  }
}
