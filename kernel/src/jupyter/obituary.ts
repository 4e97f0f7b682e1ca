/**
 * Explains the death of a cell process to the person whose cell it was. Here from the exit status and what the process
 * wrote to stderr last; a report of the dying process itself (siginfo, mappings) will come in with `lastWords`.
 */
import type { ErrorReport } from "../runtime/frames.js";

/** How a process ended. */
export interface Death {
  /** Exit status; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to stderr by itself at the end. */
  readonly lastWords: string;
}

/** Why the supervisor ended the process itself; null where it did not. */
export type Intent = "interrupt" | null;

interface Cause {
  readonly ename: string;
  readonly what: string;
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

function causeOf({ code, signal, lastWords }: Death, intent: Intent, heapLimitMib: number): Cause {
  if (intent === "interrupt") {
    return { ename: "KeyboardInterrupt", what: "it did not react to the interrupt, so it was ended" };
  }
  if (lastWords.includes("heap out of memory")) {
    return { ename: "OutOfMemory", what: `JavaScript objects filled its heap of ${heapLimitMib} MiB` };
  }
  if (signal !== null) return { ename: signal, what: SIGNALS[signal] ?? `the signal ${signal} ended it` };
  return { ename: "ProcessExit", what: `it exited with status ${code ?? 0} (process.exit, or the end of the process in native code)` };
}

/**
 * The error output of what ran when the process died.
 *
 * @param executionCount the cell's number; null where it was the handler of a comm message
 */
export function explainDeath(death: Death, intent: Intent, executionCount: number | null, heapLimitMib: number): ErrorReport {
  const { ename, what } = causeOf(death, intent, heapLimitMib);
  const ran = executionCount === null ? "handled a comm message" : `ran cell [${executionCount}]`;
  const evalue = `the process that ${ran} is gone: ${what}`;
  return {
    ename,
    evalue,
    traceback: [
      `${ename}: ${evalue}.`,
      "Its variables and mappings are gone with it. A fresh process is ready: run the cells again that define what you need.",
    ],
  };
}

/** The notice for a death while no cell was running. */
export function explainQuietDeath(death: Death, heapLimitMib: number): string {
  const { ename, what } = causeOf(death, null, heapLimitMib);
  return `${ename}: the process that holds the variables is gone, between two cells: ${what}.\nA fresh process is ready; run the cells again that define what you need.\n`;
}
