/** Drives repl-process.mjs, in which the tests run what the service compiles. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { CompiledCell } from "../../../kernel/src/runtime/frames.js";

/** What a cell came to: the value shown (null where none is), or the error and its place in the cell. */
export type Outcome = { readonly value: unknown } | { readonly error: string; readonly at: string | null };

export class Repl {
  readonly #process: ChildProcess;
  readonly #replies: AsyncIterator<string>;

  constructor() {
    const process_ = spawn(process.execPath, [fileURLToPath(new URL("repl-process.mjs", import.meta.url))], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#process = process_;
    this.#replies = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  }

  /** @param notebook cells of the same notebook share their variables */
  async run(notebook: string, cell: CompiledCell): Promise<Outcome> {
    this.#process.stdin?.write(`${JSON.stringify({ notebook, cell })}\n`);
    const reply = await this.#replies.next();
    if (reply.done === true) throw new Error("The process that evaluates cells has ended.");
    return JSON.parse(reply.value) as Outcome;
  }

  close(): void {
    this.#process.stdin?.end();
  }
}
