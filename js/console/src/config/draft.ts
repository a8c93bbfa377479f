import type { Schema } from "../api/client";

/** What somebody is writing: each file as text, and the version that they began with. */
export interface Draft {
  base: number;
  texts: Record<string, string>;
}

export type Files = Schema<"Files">;

export const written = (content: unknown) => JSON.stringify(content, null, 2);

export const draftOf = (base: number, files: Files): Draft => ({
  base,
  texts: Object.fromEntries(Object.entries(files).map(([file, content]) => [file, written(content)])),
});

/** Texts without one of them. */
export function without(texts: Draft["texts"], file: string): Draft["texts"] {
  const { [file]: _, ...rest } = texts;
  return rest;
}

/** The files of a draft, or where a text is no JSON. */
export function filesOf({ texts }: Draft): { files: Files; wrong: Schema<"FileError">[] } {
  const files: Files = {};
  const wrong: Schema<"FileError">[] = [];
  for (const [file, text] of Object.entries(texts)) {
    try {
      files[file] = JSON.parse(text) as unknown;
    } catch (error) {
      wrong.push({ file, path: "", reason: `This is no JSON: ${(error as Error).message}` });
    }
  }
  return { files, wrong };
}

/** The same files, with `value` at a place that a conflict names; what is not there is null. */
export function put(files: Files, { file, at }: Schema<"ConfigChanged">["conflicts"][number], value: unknown): Files {
  const changed = structuredClone(files);
  const set = (holder: unknown, [step, ...rest]: string[]): void => {
    if (Array.isArray(holder)) {
      const found = holder.findIndex((one: { id?: unknown }) => one.id === step);
      if (rest.length > 0) set(holder[found], rest);
      else if (value === null) holder.splice(found, found < 0 ? 0 : 1);
      else holder.splice(found < 0 ? holder.length : found, found < 0 ? 0 : 1, value);
      return;
    }
    const fields = holder as Record<string, unknown>;
    if (rest.length > 0) set(fields[step!], rest);
    else if (value === null) delete fields[step!];
    else fields[step!] = value;
  };
  set(changed, [file, ...at]);
  return changed;
}
