/**
 * Collects garbage once nobody has asked anything for a while. A check leaves some ten megabytes of garbage, which V8 would keep for
 * minutes in a process that does nothing, while the browser or the cells could use the memory.
 */
import { Session } from "node:inspector";
import { UnusedMemory } from "./unused-memory.js";

/** Longer than the pause between two cells of "Run all"; shorter than anyone reads a result. In ms. */
const IDLE_MS = 400;

/** Less memory than this is not worth the work, in bytes. */
const WORTHWHILE = 8 * 1024 * 1024;

export class IdleCollection {
  readonly #unused = new UnusedMemory();
  #collect: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** What the process took after the last collection, in bytes. The heap's own figures leave out the pages V8 holds in reserve. */
  #kept = 0;

  /** To be called after each piece of work. */
  afterWork(): void {
    // V8 gives pages back some time after a collection, so what it kept is known now.
    this.#kept = Math.min(this.#kept, process.memoryUsage.rss());
    if (this.#timer === null) this.#timer = setTimeout(() => this.#collectGarbage(), IDLE_MS).unref();
    else this.#timer.refresh();
  }

  #collectGarbage(): void {
    if (process.memoryUsage.rss() - this.#kept < WORTHWHILE) return;
    this.#collect ??= garbageCollector();
    this.#collect();
    this.#unused.release();
    this.#kept = process.memoryUsage.rss();
  }
}

function garbageCollector(): () => void {
  const session = new Session();
  session.connect();
  // Unlike `gc()` this also moves what is left together, so that memory goes back to the system.
  return () => session.post("HeapProfiler.collectGarbage");
}
