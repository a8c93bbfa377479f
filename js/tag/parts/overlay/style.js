// How the overlay looks.

export const sheet = () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial }
    section { position: fixed; z-index: 2147483647; right: 8px; bottom: 8px; width: min(480px, 95vw); max-height: 60vh; overflow: auto;
      font: 12px/1.4 ui-monospace, monospace; color: #eee; background: #1c1f26; border-radius: 6px; box-shadow: 0 2px 12px #0008 }
    section[closed] > :not(header) { display: none }
    header { position: sticky; top: 0; display: flex; gap: 4px; padding: 6px 10px; background: #2a2f3a }
    header b { flex: 1 }
    button { font: inherit; color: inherit; background: none; border: 1px solid #667; border-radius: 4px; cursor: pointer }
    ul { margin: 6px 0; padding: 0 10px 0 26px; color: #bcd }
    details { padding: 2px 10px; border-top: 1px solid #333a }
    summary { cursor: pointer; overflow-wrap: anywhere }
    summary b { color: #9cf }
    .skipped b { color: #fa6 }
    .decision b { color: #9f9 }
    pre { margin: 4px 0; white-space: pre-wrap; overflow-wrap: anywhere; color: #ccc }
  `);
  return sheet;
};
