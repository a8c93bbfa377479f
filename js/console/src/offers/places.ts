import { written, type Draft } from "../config/draft";
import { parsed } from "../config/parsed";

/** Placements with what they are called, and where they were seen. */
export function placesOf(declared: { id: string; name?: string }[], seen: { name: string; pages: string[] }[]) {
  const ids = [...new Set([...declared.map(({ id }) => id), ...seen.map(({ name }) => name)])];
  return ids.map((id) => {
    const pages = seen.find(({ name }) => name === id)?.pages;
    const where = pages ? (pages.length > 0 ? `seen on ${pages.slice(0, 3).join(", ")}${pages.length > 3 ? " and others" : ""}` : "seen") : "not seen on a page yet";
    return { value: id, label: `${id} (${where})` };
  });
}

/** The texts with these placements declared. */
export function declaring(texts: Draft["texts"], ids: string[]): Draft["texts"] {
  const file = parsed(texts["placements.json"]) ?? {};
  const declared = (Array.isArray(file.placements) ? file.placements : []) as { id: string }[];
  const missing = ids.filter((id) => !declared.some((one) => one.id === id));
  if (missing.length === 0) return texts;
  return { ...texts, "placements.json": written({ ...file, placements: [...declared, ...missing.map((id) => ({ id, name: id }))] }) };
}
