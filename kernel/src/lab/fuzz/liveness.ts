/** Which processes run and which files are open at a point of a sequence, so that a step that makes no sense there is passed over. */
import { FIRST_PROCESS, type FileId, type Operation, type ProcessId } from "../../model/index.js";

/** Follows a sequence. Shrinking may take away the fork or the open that a step needs. */
export class Liveness {
  readonly #running = new Set<ProcessId>([FIRST_PROCESS]);
  readonly #zombies = new Set<ProcessId>();
  readonly #open = new Set<FileId>();
  #dataIsLimited = false;

  /** The processes that run, the first one first. */
  get processes(): readonly ProcessId[] {
    return [...this.#running];
  }

  /** The files that are open. */
  get files(): readonly FileId[] {
    return [...this.#open];
  }

  /** Whether a process runs. */
  runs(process: ProcessId): boolean {
    return this.#running.has(process);
  }

  /** Whether an operation can be run now, on either side. */
  mayRun(operation: Operation): boolean {
    const process = operation.process ?? FIRST_PROCESS;
    if (!this.#running.has(process)) return false;
    switch (operation.op) {
      case "fork":
        return !this.#running.has(operation.child) && !this.#zombies.has(operation.child);
      case "exit":
        return process !== FIRST_PROCESS;
      case "wait":
        return !this.#running.has(operation.child);
      case "brk":
        // RLIMIT_DATA counts the program's own data with the heap, which the model does not know.
        return !this.#dataIsLimited;
      case "mmap":
        return operation.file === null || this.#open.has(operation.file);
      default:
        return !("file" in operation) || operation.op === "open" || this.#open.has(operation.file);
    }
  }

  /** Follows an operation that succeeded. */
  ran(operation: Operation): void {
    const process = operation.process ?? FIRST_PROCESS;
    switch (operation.op) {
      case "open":
        this.#open.add(operation.file);
        break;
      case "close":
        this.#open.delete(operation.file);
        break;
      case "fork":
        this.#running.add(operation.child);
        break;
      case "exit":
        this.#running.delete(process);
        this.#zombies.add(process);
        break;
      case "wait":
        this.#zombies.delete(operation.child);
        break;
      case "rlimit":
        if (operation.which === "DATA") this.#dataIsLimited = true;
        break;
      default:
        break;
    }
  }
}
