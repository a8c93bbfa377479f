import { written, type Draft } from "../config/draft";
import { parsed } from "../config/parsed";

/** The file of placements, and those that it declares. */
function declaredIn(texts: Draft["texts"]) {
  const file = parsed(texts["placements.json"]) ?? {};
  return { file, declared: (Array.isArray(file.placements) ? file.placements : []) as { id: string }[] };
}

/** The placements of a draft and those that pages ask for, with where they were seen. */
export function placesOf(texts: Draft["texts"], seen: { name: string; pages: string[] }[]) {
  const { declared } = declaredIn(texts);
  const ids = [...new Set([...declared.map(({ id }) => id), ...seen.map(({ name }) => name)])];
  return ids.map((id) => {
    const pages = seen.find(({ name }) => name === id)?.pages;
    const where = pages ? (pages.length > 0 ? `seen on ${pages.slice(0, 3).join(", ")}${pages.length > 3 ? " and others" : ""}` : "seen") : "not seen on a page yet";
    return { value: id, label: `${id} (${where})` };
  });
}

/** The texts with these placements declared. */
export function declaring(texts: Draft["texts"], ids: string[]): Draft["texts"] {
  const { file, declared } = declaredIn(texts);
  const missing = ids.filter((id) => !declared.some((one) => one.id === id));
  if (missing.length === 0) return texts;
  return { ...texts, "placements.json": written({ ...file, placements: [...declared, ...missing.map((id) => ({ id, name: id }))] }) };
}
