// The package as npm packs and installs it, in an empty folder: what is in it, that Node can import it, and that its types hold.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";

const tag = resolve(import.meta.dirname, "..");
const frameworks = join(import.meta.dirname, "frameworks");
const run = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: "utf8", stdio: "pipe" });

let folder;
let packed;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "selvedge-package-"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  [packed] = Object.values(JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder, tag], folder)));
  // Nothing else is installed by it: React is for those who have it.
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(folder, packed.filename)], folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("it has the modules, their types, the licence and the documentation, and is the release's", () => {
  const modules = ["element", "index", "react"].flatMap((name) => [`npm/${name}.d.ts`, `npm/${name}.js`]);
  assert.deepEqual(packed.files.map(({ path }) => path).sort(), ["LICENSE", "README.md", ...modules, "package.json"]);
  const { version, private: isKept } = JSON.parse(readFileSync(join(folder, "node_modules/@selvedge/tag/package.json"), "utf8"));
  assert.equal(version, /^version = "(.+)"/m.exec(readFileSync(resolve(tag, "../../Cargo.toml"), "utf8"))[1]);
  assert.equal(isKept, undefined, "it can be published");
  assert.equal(readFileSync(join(tag, "LICENSE"), "utf8"), readFileSync(resolve(tag, "../../LICENSE"), "utf8"));
});

test("Node imports it and calls what it has, on a server without React", () => {
  writeFileSync(join(folder, "server.js"), `
    import * as selvedge from "@selvedge/tag";
    import { SelvedgePlacement } from "@selvedge/tag/element";
    await selvedge.load("demo", { src: "https://shop.example/s/tag.js" });
    console.log(await selvedge.track("Product Added", { product_id: "p7" }), selvedge.user().id(), typeof SelvedgePlacement);
  `);
  assert.equal(run(process.execPath, ["server.js"], folder), "undefined null function\n");
});

test("what uses it is typed, with React's types beside it", () => {
  for (const name of ["react", "react-dom", "@types", "csstype"]) symlinkSync(join(frameworks, "node_modules", name), join(folder, "node_modules", name));
  mkdirSync(join(folder, "site"));
  copyFileSync(join(frameworks, "types.tsx"), join(folder, "site/types.tsx"));
  const { compilerOptions, files } = JSON.parse(readFileSync(join(frameworks, "tsconfig.json"), "utf8"));
  for (const module of ["nodenext", "bundler"]) {
    const options = { ...compilerOptions, module: module === "bundler" ? "esnext" : module, moduleResolution: module };
    writeFileSync(join(folder, "site/tsconfig.json"), JSON.stringify({ compilerOptions: options, files }));
    run(join(frameworks, "node_modules/.bin/tsc"), ["--project", "site"], folder);
  }
});
