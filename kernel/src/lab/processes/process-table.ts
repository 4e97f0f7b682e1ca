/** Which processes the cells made: their names, and who is whose child. What they hold is in the kernel and in the model. */
import { FIRST_PROCESS, type ProcessId } from "../../model/index.js";

/** The process as messages and plots name it: "child 1"; the notebook's own process has no such name. */
export function processName(id: ProcessId): string {
  return id === FIRST_PROCESS ? "the notebook's process" : `child ${String(id)}`;
}

/** " in child 1"; nothing for the notebook's own process. */
export function inProcess(id: ProcessId): string {
  return id === FIRST_PROCESS ? "" : ` in ${processName(id)}`;
}

/** The processes of one lab. */
export class ProcessTable {
  readonly #parents = new Map<ProcessId, ProcessId>();
  #last: ProcessId = FIRST_PROCESS;

  /**
   * Names a child that was not forked yet. The name becomes its own when it is entered, and is never given again.
   * @param known processes that have names already
   */
  nextName(known: readonly ProcessId[]): ProcessId {
    return Math.max(this.#last, ...known) + 1;
  }

  /**
   * Enters a child.
   * @param real whether it exists; a predicted one leaves its name to the next
   */
  enter(child: ProcessId, parent: ProcessId, real: boolean): void {
    this.#parents.set(child, parent);
    if (real) this.#last = Math.max(this.#last, child);
  }

  /** Whether a process is another or comes from it, so that it may have inherited its mappings. */
  descends(process: ProcessId, from: ProcessId): boolean {
    for (let id: ProcessId | undefined = process; id !== undefined; id = this.#parents.get(id)) if (id === from) return true;
    return false;
  }
}
