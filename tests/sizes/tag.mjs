// What takes the bytes of the tag: each of its modules, and each function of its wasm.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Reads the unsigned LEB128 number at `at`; gives it and where it ends. */
function leb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return [value, at];
  }
}

/** The sections of a wasm module, as `[id, begin, end]`. */
function* sections(bytes) {
  for (let at = 8; at < bytes.length; ) {
    const [length, begin] = leb(bytes, at + 1);
    yield [bytes[at], begin, begin + length];
    at = begin + length;
  }
}

/** The name of each function, of a module that was not stripped. */
function namesOf(bytes) {
  const names = new Map();
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), "name");
  const text = section ? Buffer.from(section) : Buffer.alloc(0);
  for (let at = 0; at < text.length; ) {
    const [length, begin] = leb(text, at + 1);
    if (text[at] === 1) {
      let [count, next] = leb(text, begin);
      for (; count > 0; count -= 1) {
        const [index, size] = leb(text, next);
        const [bytesOfName, start] = leb(text, size);
        names.set(index, text.toString("utf8", start, start + bytesOfName));
        next = start + bytesOfName;
      }
    }
    at = begin + length;
  }
  return names;
}

/** Bytes by function. The module imports nothing, so its first function is number 0. */
function functionsOf(bytes) {
  const names = namesOf(bytes);
  const [, begin] = [...sections(bytes)].find(([id]) => id === 10);
  const sizes = [];
  let [count, at] = leb(bytes, begin);
  for (let index = 0; index < count; index += 1) {
    const [length, start] = leb(bytes, at);
    sizes.push([`wasm: ${names.get(index) ?? index}`, length]);
    at = start + length;
  }
  return sizes;
}

/** What these files of the tag are made of, by size before compression, the largest first. */
export function breakdown(work, files) {
  const modules = JSON.parse(readFileSync(join(work, "modules.json"), "utf8"));
  const parts = files.flatMap((file) =>
    file === "wasm" ? functionsOf(readFileSync(join(work, "named.wasm"))) : Object.entries(modules[file]));
  return parts.sort(([, a], [, b]) => b - a).map(([part, bytes]) => ({ part, bytes }));
}
