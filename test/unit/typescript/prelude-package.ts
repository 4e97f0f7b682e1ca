/** A small package in a fresh folder, to serve as a prelude: typings with doc comments, a type that only a return value names. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Prelude } from "../../../kernel/src/runtime/frames.js";

const FILES: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({
    name: "demolab",
    version: "1.0.0",
    type: "module",
    types: "./dist/index.d.ts",
    exports: { ".": "./dist/index.js", "./deep": "./dist/deep.js" },
  }),
  "dist/index.d.ts": `
import type { Mapping } from "./mapping.js";
export type { Mapping } from "./mapping.js";
export { hidden } from "./mapping.js";
/**
 * Maps memory.
 * @param length in bytes
 */
export declare function mmap(addr: bigint | null, length: number): Mapping;
export declare const PROT: { readonly READ: 1; readonly WRITE: 2 };
`,
  "dist/mapping.d.ts": `
export interface Mapping { readonly addr: bigint; readonly length: number }
export interface Hidden { readonly inner: Mapping }
export declare function hidden(): Hidden;
`,
  "dist/deep.d.ts": "export declare const deep: number;\n",
};

/** Writes the package into a folder. The notebook's own folder must be another one. */
export function writePreludePackage(folder: string): Prelude {
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { module: "demolab", folder, names: ["mmap", "PROT", "hidden"] };
}
