import type { Draft } from "./draft";

/** The ids of what is in a folder, by the names of files. */
export const idsIn = (name: string, files: Iterable<string>): string[] =>
  [...files].flatMap((file) => (file.startsWith(`${name}/`) ? [file.slice(name.length + 1).replace(/\.json$/, "")] : []));

/** The things of one folder of a draft, by their ids. A text that is no JSON is left out. */
export function folder<T extends object>(draft: Draft, name: string): { id: string; file: string; content: T }[] {
  return Object.entries(draft.texts).flatMap(([file, text]) => {
    const [id] = idsIn(name, [file]);
    const content = id === undefined ? undefined : parsed(text);
    return id !== undefined && content ? [{ id, file, content: content as T }] : [];
  });
}

/** The object that a text says; none if it is none. */
export function parsed(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text ?? "") as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** An id out of a name, that nothing else has. */
export function idOf(name: string, taken: string[]): string {
  const plain = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 48) || "untitled";
  for (let n = 1; ; n += 1) {
    const id = n === 1 ? plain : `${plain}-${n}`;
    if (!taken.includes(id)) return id;
  }
}

/** What people call something. */
export const nameOf = ({ id, content }: { id: string; content: { name?: unknown } }) => (typeof content.name === "string" && content.name ? content.name : id);
