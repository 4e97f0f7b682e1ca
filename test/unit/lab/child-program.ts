/** Runs a program of the tests in a process of its own, so that a crash is seen as one and ends nothing else. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildSync } from "esbuild";

const ROOT = join(import.meta.dirname, "../../..");

/** How a program ended, and what it printed. */
export interface ProgramEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its lines on stdout. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

/**
 * Bundles a TypeScript file of this folder with the sources it imports, and runs it in Node.
 * @param file its name
 * @param argv what it finds in process.argv from 2 on
 */
export function runProgram(file: string, argv: readonly string[] = []): ProgramEnd {
  const { outputFiles } = buildSync({
    entryPoints: [join(import.meta.dirname, file)],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["ffi-rs"],
    logLevel: "silent",
  });
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-", ...argv], {
    cwd: ROOT, // where ffi-rs is found
    input: outputFiles[0]?.text ?? "",
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, signal, lines: stdout.split("\n").filter((line) => line !== ""), stderr };
}
