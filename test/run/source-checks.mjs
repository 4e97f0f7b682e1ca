/** The checks that read the sources and run nothing: lint, formatting, types. Each counts as one test. */
import { join } from "node:path";
import { CommandFailure, run } from "../../kernel/setup/command.mjs";

/** Parts of `npm test` that this file does. */
export const SOURCE_CHECKS = ["lint", "types"];

/** @type {readonly { part: string, name: string, command: readonly [string, ...string[]] }[]} */
const CHECKS = [
  { part: "lint", name: "eslint finds nothing", command: ["eslint", ".", "--max-warnings", "0"] },
  { part: "lint", name: "prettier would change nothing", command: ["prettier", "--check", "."] },
  { part: "types", name: "abi, model and views compile without Node and DOM", command: ["tsc", "-p", "kernel/tsconfig.pure.json"] },
  {
    part: "types",
    name: "the kernel compiles",
    command: ["tsc", "-p", "kernel/tsconfig.json", "--noEmit", "--incremental", "false", "--composite", "false"],
  },
  { part: "types", name: "the extension compiles", command: ["tsc", "-p", "extension/tsconfig.json", "--noEmit"] },
  { part: "types", name: "the tests compile", command: ["tsc", "-p", "test/tsconfig.json"] },
  { part: "types", name: "the set-up scripts keep to their JSDoc types", command: ["tsc", "-p", "kernel/setup/tsconfig.json"] },
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
  const checks = CHECKS.filter(({ part }) => parts.includes(part)).map(async ({ part, name, command: [program, ...args] }) => {
    progress.start(name);
    try {
      await run(join(root, "node_modules", ".bin", program), args, { cwd: root, signal });
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
