/** A trace small enough to lie in an output, so that a saved notebook can be stepped through without a kernel. */
import { deflateRawSync } from "node:zlib";
import { encodeTrace, type Trace, type TraceStep } from "../../model/index.js";
import type { EmbeddedTrace } from "../../views/index.js";

/** Characters that a trace may add to an output. */
const MOST_CHARACTERS = 64 * 1024;
/** More steps are not even tried. */
const MOST_STEPS = 5000;
/** A file with more bytes is left without them. */
const MOST_CONTENT = 16 * 1024;

/** The trace as an output carries it, or why it carries none. Single faults are left out: their counts stay. */
export function embedded(trace: Trace): EmbeddedTrace {
  const { steps } = trace;
  if (steps.length > MOST_STEPS) return { refused: tooLong(trace, `it needs ${String(steps.length)} calls`) };
  const small: Trace = { ...trace, steps: steps.map(withoutLists), foreign: [] };
  const data = deflateRawSync(encodeTrace(small)).toString("base64");
  if (data.length > MOST_CHARACTERS) return { refused: tooLong(trace, `it would add ${String(Math.ceil(data.length / 1024))} KiB`) };
  return { steps: steps.length, data };
}

function tooLong({ prologue, steps }: Trace, why: string): string {
  const before = prologue === 0 ? "" : ` (${String(prologue)} of ${String(steps.length)} calls came before)`;
  return `The trace is not kept in this output, because ${why}${before}. To keep it: lab.trace().save("name.mmaptrace.json").`;
}

function withoutLists({ operation, result, explained }: TraceStep): TraceStep {
  const long = operation.op === "open" && (operation.content?.length ?? 0) > MOST_CONTENT;
  return {
    operation: long ? { ...operation, content: new Uint8Array(0) } : operation,
    result: result === null ? null : { ...result, faults: [] },
    ...(explained === undefined ? {} : { explained }),
  };
}
