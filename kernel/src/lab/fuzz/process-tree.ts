/** The processes of a sequence as far as its generator knows: a fork may fail when it is run. */
import { FIRST_PROCESS, type ProcessId } from "../../model/index.js";
import type { Random } from "./random.js";

/** How many processes a sequence has at most, the first one included. */
const MOST = 4;

interface Child {
  readonly parent: ProcessId;
  readonly child: ProcessId;
}

/** Draws processes. */
export class ProcessTree {
  readonly #running: Child[] = [];
  #ended: Child[] = [];

  constructor(private readonly random: Random) {}

  /** A process that runs, most often the first or the youngest. */
  running(): ProcessId {
    const youngest = this.#running.at(-1)?.child ?? FIRST_PROCESS;
    const any = this.#running[this.random.below(Math.max(1, this.#running.length))]?.child ?? FIRST_PROCESS;
    return this.random.pick([FIRST_PROCESS, youngest, any]);
  }

  /** A fork: who forks and what the child is called; undefined where there are enough. */
  bear(): Child | undefined {
    const taken = new Set([...this.#running, ...this.#ended].map(({ child }) => child));
    for (let child = 1; child < MOST; child++) {
      if (taken.has(child)) continue;
      const born = { parent: this.running(), child };
      this.#running.push(born);
      return born;
    }
    return undefined;
  }

  /** A process that exits; undefined where only the first one runs. */
  end(): ProcessId | undefined {
    const ending = this.#running.splice(this.random.below(Math.max(1, this.#running.length)), 1)[0];
    if (ending !== undefined) this.#ended.push(ending);
    return ending?.child;
  }

  /** A child that has exited, to be waited for; undefined where there is none. */
  reap(): Child | undefined {
    const ended = this.#ended[0];
    this.#ended = this.#ended.slice(1);
    return ended;
  }
}
