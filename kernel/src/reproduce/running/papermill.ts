/** Runs a notebook through papermill, in a process of its own that ends with this one. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { kernelCommand, pythonEnvironment } from "./python.js";

/** How much of what Python prints is kept, for the message of a failure. */
const KEPT_OUTPUT = 4000;

/** How long a notebook that is told to stop may take to end its kernel. */
const PATIENCE_MS = 10_000;

/** What papermill is to do; run.py of the Python package reads it. */
export interface PapermillTask {
  readonly notebook: string;
  /** Where the notebook with its outputs goes. */
  readonly output: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** An existing folder for what Jupyter writes. */
  readonly work: string;
  /** Where the kernel runs. */
  readonly folder: string;
}

/** A notebook that failed; the message is that of its cell. */
export class NotebookFailed extends Error {
  override readonly name = "NotebookFailed";
}

/** The line that tells Python what to do. */
export function taskLine(task: PapermillTask): string {
  return `${JSON.stringify({ ...task, kernel: kernelCommand() })}\n`;
}

/**
 * @param python with papermill
 * @param signal stops it
 * @param started is called with its process id before the notebook begins
 * @throws NotebookFailed where a cell failed; Error where Python did; the signal's reason where it was stopped
 */
export async function runNotebook(python: string, task: PapermillTask, signal: AbortSignal, started: (pid: number) => void): Promise<void> {
  signal.throwIfAborted();
  // A group of its own: Ctrl+C in the terminal reaches this process alone, which then stops the notebook in order.
  const child = spawn(python, ["-m", "mmaplab_papermill"], {
    cwd: task.work,
    detached: true,
    env: pythonEnvironment(),
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  let answer: { readonly error: string | null } | undefined;
  child.stderr.on("data", (data: Buffer) => (output = (output + data.toString()).slice(-KEPT_OUTPUT)));
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith('{"error":')) answer = JSON.parse(line) as { readonly error: string | null };
    else output = `${output}${line}\n`.slice(-KEPT_OUTPUT);
  });
  // It may have ended before it has read its task: its status says so.
  child.stdin.on("error", () => undefined);
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.stdin.end();
    killer ??= setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  };
  signal.addEventListener("abort", stop);
  const ended = new Promise<string>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, by) => resolve(by === null ? `status ${String(status)}` : `signal ${by}`));
  });
  try {
    if (child.pid !== undefined) started(child.pid);
    child.stdin.write(taskLine(task));
    const how = await ended;
    signal.throwIfAborted();
    if (answer === undefined) throw new Error(`papermill ended with ${how} before the notebook did. It printed:\n${output}`);
    if (answer.error !== null) throw new NotebookFailed(answer.error);
  } finally {
    clearTimeout(killer);
    signal.removeEventListener("abort", stop);
    child.stdin.end();
  }
}
