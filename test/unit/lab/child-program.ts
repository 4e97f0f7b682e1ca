/** Runs a program of the tests in a process of its own, so that a crash is seen as one and ends nothing else. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
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

const NODE_ARGUMENTS = ["--input-type=module", "-"];

/** A TypeScript file of this folder with the sources it imports, as one program for Node's standard input. */
function bundled(file: string): string {
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
  return outputFiles[0]?.text ?? "";
}

function linesOf(stdout: string): readonly string[] {
  return stdout.split("\n").filter((line) => line !== "");
}

/**
 * Bundles a TypeScript file of this folder with the sources it imports, and runs it in Node. This thread waits: a program that
 * may take more than seconds on a busy machine is for {@link runLongProgram}.
 * @param file its name
 * @param argv what it finds in process.argv from 2 on
 */
export function runProgram(file: string, argv: readonly string[] = []): ProgramEnd {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...NODE_ARGUMENTS, ...argv], {
    cwd: ROOT, // where ffi-rs is found
    input: bundled(file),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, signal, lines: linesOf(stdout), stderr };
}

/** As {@link runProgram}, while the test runner goes on: one that hears nothing of a test for a minute takes it for failed. */
export async function runLongProgram(file: string, argv: readonly string[] = []): Promise<ProgramEnd> {
  const child = spawn(process.execPath, [...NODE_ARGUMENTS, ...argv], { cwd: ROOT, stdio: "pipe" });
  const ended = once(child, "close");
  child.stdin.on("error", () => undefined); // it died before it had read all: its end tells
  child.stdin.end(bundled(file));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  return { status: child.exitCode, signal: child.signalCode, lines: linesOf(stdout), stderr };
}
