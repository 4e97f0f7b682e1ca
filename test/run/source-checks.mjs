/** The checks that read the sources and run nothing: lint, formatting, types. Each counts as one test. */
import { CommandFailure, run } from "../../kernel/setup/command.mjs";

/** Parts of `npm test` that this file does. */
export const SOURCE_CHECKS = ["lint", "types"];

/** Called by path: the name `tsc` in node_modules/.bin is also taken by the fork of TypeScript that tslab brings along. */
const TSC = "node_modules/typescript/bin/tsc";
const ESLINT = "node_modules/eslint/bin/eslint.js";
const PRETTIER = "node_modules/prettier/bin/prettier.cjs";

/** @type {readonly { part: string, name: string, script: string, args: readonly string[] }[]} */
const CHECKS = [
  { part: "lint", name: "eslint finds nothing", script: ESLINT, args: [".", "--max-warnings", "0"] },
  { part: "lint", name: "prettier would change nothing", script: PRETTIER, args: ["--check", "."] },
  { part: "types", name: "abi, model and views compile without Node and DOM", script: TSC, args: ["-p", "kernel/tsconfig.pure.json"] },
  // Not the build's own record of what it has done: nothing is written here.
  {
    part: "types",
    name: "the kernel compiles",
    script: TSC,
    args: ["-p", "kernel/tsconfig.json", "--noEmit", "--tsBuildInfoFile", ".mmaplab/kernel.tsbuildinfo"],
  },
  {
    part: "types",
    name: "the extension compiles",
    script: TSC,
    args: ["-p", "extension/tsconfig.json", "--noEmit", "--tsBuildInfoFile", ".mmaplab/extension.tsbuildinfo"],
  },
  { part: "types", name: "the tests compile", script: TSC, args: ["-p", "test/tsconfig.json"] },
  { part: "types", name: "the set-up scripts keep to their JSDoc types", script: TSC, args: ["-p", "kernel/setup/tsconfig.json"] },
];

/**
 * @param {readonly string[]} parts which of {@link SOURCE_CHECKS}
 * @param {{ root: string, progress: import("../../kernel/setup/progress.mjs").Progress, signal: AbortSignal }} options
 * @returns {Promise<import("./outcome.mjs").Outcome>}
 */
export async function runSourceChecks(parts, { root, progress, signal }) {
  let passed = 0;
  /** @type {{ name: string, details: string }[]} */
  const failures = [];
  progress.note(`\n${parts.join(" and ")}`);
  const checks = CHECKS.filter(({ part }) => parts.includes(part)).map(async ({ part, name, script, args }) => {
    progress.start(name);
    try {
      await run(process.execPath, [script, ...args], { cwd: root, signal });
      progress.end(name);
      passed += 1;
    } catch (error) {
      progress.end(name, "failed");
      if (!(error instanceof CommandFailure)) throw error;
      progress.note(error.output.trimEnd().replace(/^/gm, "    "));
      failures.push({ name: `${part} > ${name}`, details: error.output });
    }
  });
  await Promise.all(checks);
  return { passed, failures, skips: [] };
}
