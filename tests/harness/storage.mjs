// What stands in the SQLite databases of an edge that is down.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";

/** The databases of all objects: `{ kind, path }`. */
export function databases(state) {
  return readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((file) => file.name.endsWith(".sqlite"))
    .map((file) => ({
      kind: /(Profile|Identifier|Account|Audience|Cap|Directory|Experiment|Relay|Workspace)Object/u.exec(file.parentPath)?.[0],
      path: join(file.parentPath, file.name),
    }))
    .filter(({ kind }) => kind);
}

/**
 * Every byte of each database that SQLite itself still knows of: all tables and indexes, whatever their names. What was
 * deleted is left out, though its bytes stay in the file until SQLite needs the place.
 */
export function contents(state) {
  const folder = mkdtempSync(join(tmpdir(), "selvedge-contents-"));
  try {
    return databases(state).map(({ kind, path }, index) => {
      const copy = join(folder, `${index}.sqlite`);
      const database = new DatabaseSync(path);
      database.exec(`VACUUM INTO '${copy}'`);
      database.close();
      return { kind, path, bytes: readFileSync(copy) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The archive's files, unpacked. */
export function archive(state) {
  const files = readdirSync(state, { recursive: true, withFileTypes: true });
  return files.filter((file) => file.isFile() && /archive/iu.test(file.parentPath) && !file.name.includes("sqlite"))
    .map((file) => readFileSync(join(file.parentPath, file.name)))
    .map((bytes) => (bytes.length > 1 && bytes.readUInt16BE(0) === 0x1f8b ? gunzipSync(bytes) : bytes));
}

/** Every byte of every file of an edge's storage but the archive's: databases, their logs, values of KV. `{ path, bytes }` */
export function files(state) {
  return readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => !path.slice(state.length).startsWith("/r2/"))
    .flatMap((path) => {
      try {
        return [{ path, bytes: readFileSync(path) }];
      } catch (error) {
        // The log of an object that was put away meanwhile.
        if (error.code === "ENOENT") return [];
        throw error;
      }
    });
}
