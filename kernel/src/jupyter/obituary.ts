/**
 * Explains the death of a cell process to the person whose cell it was: from the report the dying process has left, where it could
 * leave one, else from the exit status and what it wrote to stderr last.
 */
import type { ErrorReport } from "../runtime/frames.js";

/** How a process ended. */
export interface Death {
  /** Exit status; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to stderr by itself at the end. */
  readonly stderr: string;
  /** What its own report says; null where it left none. */
  readonly crash: CrashExplanation | null;
}

/** A crash in words. */
export interface CrashExplanation {
  /** What happened, to follow a colon: no capital, no full stop. */
  readonly summary: string;
  /** More of it, a line each. */
  readonly details: readonly string[];
}

/** The cell that ran. */
export interface CellAtDeath {
  /** Its number. */
  readonly executionCount: number;
  /** The line it had come to, of the TypeScript as typed, counted from 1; null where it had come to none. */
  readonly line: number | null;
}

/** Why the supervisor ended the process itself; null where it did not. */
export type Intent = "interrupt" | null;

/** What a cell process may take, in MiB. */
export interface MemoryLimits {
  /** For JavaScript objects. */
  readonly heapLimitMib: number;
  /** For private memory that can be written (RLIMIT_DATA); null for no limit. */
  readonly memoryLimitMib: number | null;
}

interface Cause {
  readonly ename: string;
  readonly what: string;
  readonly details: readonly string[];
}

/** What a signal that ends a process means to someone who did not send it; signal(7). */
const SIGNALS: Readonly<Record<string, string>> = {
  SIGSEGV: "it accessed memory that is not mapped or does not permit the access (segmentation fault)",
  SIGBUS: "it accessed a mapped page that has no memory behind it, such as one past the end of a file (bus error)",
  SIGABRT: "it gave up by itself (abort)",
  SIGILL: "it ran into bytes that are no instruction",
  SIGFPE: "it divided an integer by zero in native code",
  SIGTRAP: "it ran into a breakpoint, or V8 found itself in a state that cannot be",
  SIGKILL: "it was killed from outside, most likely by the system for lack of memory (the OOM killer)",
  SIGTERM: "it was asked from outside to end",
  SIGXCPU: "it used up its limit of CPU time",
};

function causeOf({ code, signal, stderr, crash }: Death, intent: Intent, { heapLimitMib, memoryLimitMib }: MemoryLimits): Cause {
  const details: readonly string[] = [];
  if (intent === "interrupt") {
    return { ename: "KeyboardInterrupt", what: "it did not react to the interrupt, so it was ended", details };
  }
  if (stderr.includes("heap out of memory")) {
    return { ename: "OutOfMemory", what: `JavaScript objects filled its heap of ${heapLimitMib} MiB`, details };
  }
  // V8 and native code where an allocation of theirs fails; those of cells fail with an error that can be caught.
  if (memoryLimitMib !== null && signal !== null && /out of memory|bad_alloc/i.test(stderr)) {
    const what = `its private memory reached the limit of ${memoryLimitMib} MiB, at a moment when Node itself needed more`;
    return { ename: "OutOfMemory", what, details };
  }
  if (signal !== null && crash !== null) return { ename: signal, what: crash.summary, details: crash.details };
  if (signal !== null) return { ename: signal, what: SIGNALS[signal] ?? `the signal ${signal} ended it`, details };
  const what = `it exited with status ${code ?? 0} (process.exit, or the end of the process in native code)`;
  return { ename: "ProcessExit", what, details };
}

/**
 * The error output of what ran when the process died.
 *
 * @param cell what ran; null where it was the handler of a comm message
 */
export function explainDeath(death: Death, intent: Intent, cell: CellAtDeath | null, limits: MemoryLimits): ErrorReport {
  const { ename, what, details } = causeOf(death, intent, limits);
  const ran = cell === null ? "handled a comm message" : `ran cell [${cell.executionCount}]`;
  // As in a stack trace, so that front ends show it like one.
  const place = cell === null || cell.line === null ? [] : [`    at cell [${cell.executionCount}]:${cell.line}`];
  const evalue = `the process that ${ran} is gone: ${what}`;
  return {
    ename,
    evalue,
    traceback: [
      `${ename}: ${evalue}.`,
      ...place,
      ...details,
      "Its variables and mappings are gone with it. A fresh process is ready: run the cells again that define what you need.",
    ],
  };
}

/** The notice for a death while no cell was running. */
export function explainQuietDeath(death: Death, limits: MemoryLimits): string {
  const { ename, what, details } = causeOf(death, null, limits);
  const lines = [
    `${ename}: the process that holds the variables is gone, between two cells: ${what}.`,
    ...details,
    "A fresh process is ready; run the cells again that define what you need.",
  ];
  return `${lines.join("\n")}\n`;
}
