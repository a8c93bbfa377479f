// The stub that pages put ahead of the tag, as the documentation has it.

import { readFileSync } from "node:fs";

export const [STUB] = /<script>!function[^]*?<\/script>/.exec(readFileSync(new URL("../README.md", import.meta.url), "utf8"));
