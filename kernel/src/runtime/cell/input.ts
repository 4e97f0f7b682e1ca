/**
 * `prompt(text)`: asks the front end for a line and waits for it, blocking, as the browser's function of that name does.
 */
import { readSync } from "node:fs";
import type { InputAnswer } from "../frames.js";
import type { CurrentExecution } from "./current-execution.js";
import { KeyboardInterrupt } from "./error-report.js";
import { writeFrame } from "./frame-writer.js";

const ANSWER_FD = 5;

/** Reads one line from fd 5. Byte by byte: what follows the line belongs to a later question. */
function readLine(): string {
  const bytes: number[] = [];
  const one = Buffer.alloc(1);
  for (;;) {
    let got: number;
    try {
      got = readSync(ANSWER_FD, one, 0, 1, null);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EINTR" || code === "EAGAIN") continue;
      throw error;
    }
    if (got === 0) throw new Error("prompt: the kernel closed the channel of answers; it is shutting down");
    const byte = one[0] ?? 0;
    if (byte === 0x0a) return Buffer.from(bytes).toString("utf8");
    bytes.push(byte);
  }
}

/**
 * Asks the person at the front end.
 *
 * @returns the line typed, without its end
 * @throws KeyboardInterrupt where the cell is interrupted while it waits
 * @throws Error where the front end cannot be asked (a notebook run by a program)
 */
export function ask(executions: CurrentExecution, prompt: string, password: boolean): string {
  writeFrame({ type: "input", prompt, password, execution: executions.current.id });
  const answer = JSON.parse(readLine()) as InputAnswer;
  if ("value" in answer) return answer.value;
  if ("refused" in answer) throw new Error(answer.refused);
  throw new KeyboardInterrupt("interrupted while it waited for input");
}
