import { Button, Group, Input, Menu, Stack } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { Json } from "../audiences/tree";
import { useJson } from "../frame/useJson";
import { Waiting } from "../frame/Waiting";
import { TEMPLATES } from "./templates";

const Editor = lazy(() => import("../config/Editor"));

interface Props {
  label: string;
  content: Json | undefined;
  errors?: string;
  readOnly: boolean;
  change: (content: Json) => void;
}

/** Content, as markup or as data. */
export function ContentEditor({ label, content, errors, readOnly, change }: Props) {
  const isHtml = content?.type !== "json";
  return (
    <Input.Wrapper label={label} description="{{ traits.first_name }} and the like are filled in for each person." error={errors} labelElement="div">
      <Stack gap="xs" mt={4}>
        <Group>
          <Menu>
            <Menu.Target><Button size="xs" variant="default">Begin anew with a template</Button></Menu.Target>
            <Menu.Dropdown>{TEMPLATES.map(({ id, label, content }) => <Menu.Item key={id} onClick={() => change(content)}>{label}</Menu.Item>)}</Menu.Dropdown>
          </Menu>
        </Group>
        <Suspense fallback={<Waiting />}>
          {isHtml ? (
            <Editor key="html" label={label} language="html" height="260px" text={String(content?.html ?? "")} readOnly={readOnly} change={(html) => html !== content?.html && change({ ...content, type: "html", html })} />
          ) : (
            <JsonText label={label} json={content?.json} readOnly={readOnly} change={(json) => change({ ...content, json })} />
          )}
        </Suspense>
      </Stack>
    </Input.Wrapper>
  );
}

/** Data, as it is written. */
function JsonText({ label, json, readOnly, change }: { label: string; json: unknown; readOnly: boolean; change: (json: unknown) => void }) {
  const { text, isJson, write } = useJson(json, change);
  return (
    <Input.Wrapper error={isJson ? undefined : "This is no JSON yet"}>
      <Editor label={label} height="260px" text={text} readOnly={readOnly} change={write} />
    </Input.Wrapper>
  );
}
