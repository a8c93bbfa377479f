import { html } from "@codemirror/lang-html";
import { json } from "@codemirror/lang-json";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import CodeMirror from "@uiw/react-codemirror";
import { nonce } from "../frame/nonce";

/** The console's own colours, which can be read on its own backgrounds, light and dark. */
const colours = [
  EditorView.theme({
    "&": { border: "1px solid var(--mantine-color-default-border)", borderRadius: "var(--mantine-radius-md)", color: "var(--mantine-color-text)" },
    ".cm-gutters": { background: "transparent", color: "var(--mantine-color-dimmed)", border: "none" },
    ".cm-content": { caretColor: "var(--mantine-color-text)" },
    ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
    "&.cm-focused": { outline: "2px solid var(--mantine-primary-color-filled)" },
  }),
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: [tags.propertyName, tags.tagName], color: "var(--mantine-color-anchor)" },
      { tag: [tags.string, tags.number, tags.bool, tags.null], color: "var(--mantine-color-text)" },
      { tag: [tags.bool, tags.null, tags.number], fontWeight: "600" },
    ]),
  ),
];

const LANGUAGES = { json: json(), html: html() };

interface Props {
  label: string;
  text: string;
  readOnly: boolean;
  change: (text: string) => void;
  language?: keyof typeof LANGUAGES;
  height?: string;
}

/** A file's text, or a piece of one. */
export default function Editor({ label, text, readOnly, change, language = "json", height = "360px" }: Props) {
  return (
    <CodeMirror
      key={label}
      value={text}
      theme="none"
      minHeight={height}
      basicSetup={{ highlightActiveLine: false, highlightActiveLineGutter: false, highlightSelectionMatches: false }}
      readOnly={readOnly}
      onChange={change}
      extensions={[...colours, LANGUAGES[language], EditorView.lineWrapping, EditorView.cspNonce.of(nonce), EditorView.contentAttributes.of({ "aria-label": label })]}
    />
  );
}
