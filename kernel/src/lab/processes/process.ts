/** A process that a cell made: what it runs, and how it ends. */
import { constants } from "node:os";
import { describe, wholeNumber } from "../../linux/arguments.js";
import { Errno } from "../../linux/index.js";
import type { ProcessId } from "../../model/index.js";
import type { Lab } from "../lab.js";
import { ProcessWorld, type World } from "../world.js";
import { processName } from "./process-table.js";

/** How a process ended, as waitpid(2) tells it. */
export interface ProcessStatus {
  /** What it exited with, 0 to 255; null where a signal ended it. */
  readonly status: number | null;
  /** The signal that ended it, e.g. "SIGKILL"; null where it exited. */
  readonly signal: string | null;
}

/**
 * A child process. It runs nothing by itself: {@link run} has calls and accesses happen in it, on its own mappings.
 *
 * It ends with `exit` or `kill`, and is gone after `wait`; `using child = fork()` does what is left of this at the end of the
 * block, `lab.reset()` does it for all, and no child outlives the notebook's process.
 */
export class Process {
  /** How it ended, in each world where it was ended by a call, and where it was waited for. */
  readonly #ended = new WeakMap<World, ProcessStatus>();
  readonly #waited = new WeakMap<World, ProcessStatus>();

  /** Made by `fork` and `startProcess`, not by cells. */
  constructor(
    private readonly lab: Lab,
    /** The world it exists in. */
    private readonly world: World,
    /** Its name in operations: 1 for the first child. */
    readonly id: ProcessId,
    /** The process that made it, and is to wait for it. */
    private readonly parent: ProcessId,
  ) {}

  /**
   * Its number, as `ps` shows it.
   * @throws Error in a prediction, and once it has ended
   */
  get pid(): number {
    this.lab.requireLive(this.world, "pid");
    this.#requireRunning("pid");
    return this.lab.kernel.pidOf(this.id);
  }

  /** Whether programs run in it. False once it has exited, was killed, or has been ended from outside. */
  get running(): boolean {
    const { world } = this.#where();
    return this.#runsIn(world) && (world.kind === "prediction" || this.lab.kernel.endOf(this.id) === undefined);
  }

  /**
   * Has the calls and accesses of `body` happen in this process: `child.run(() => m.store(0, 66))`. `mmap`, `munmap`,
   * `mprotect`, `msync`, `madvise`, `fork` and the methods of mappings go there; all else in `body` is ordinary code of the
   * notebook. Files are open in all processes alike. What is mapped inside belongs to this process.
   * @param body not async
   * @returns what `body` returns
   * @throws Errno, Signal as anywhere; Error where the process has ended
   */
  run<T>(body: () => T): T {
    if (typeof body !== "function") throw new TypeError(`run: give a function: child.run(() => m.store(0, 66)), not ${describe(body)}`);
    this.#requireRunning("run");
    const value = this.lab.within(this.#where().inside, body);
    if (value instanceof Promise) {
      value.catch(() => undefined);
      throw new TypeError("run: the function must not be async: after its first await it would go on in the notebook's own process");
    }
    return value;
  }

  /**
   * Has it exit: _exit(2). Its mappings go; it stays a zombie until it is waited for.
   * @param status 0 to 255
   * @throws RangeError for another status; Error where it has ended already
   */
  exit(status = 0): void {
    if (wholeNumber("exit: status", status, 0) > 255) throw new RangeError(`exit: status is 0 to 255, not ${String(status)}`);
    this.#requireRunning("exit");
    const { world, inside } = this.#where();
    inside.run({ op: "exit", status });
    this.#ended.set(world, { status, signal: null });
  }

  /**
   * Ends it with SIGKILL: kill(2).
   * @throws Error where it has ended already
   */
  kill(): void {
    this.#requireRunning("kill");
    const { world, inside } = this.#where();
    inside.run({ op: "exit", bySignal: "SIGKILL" });
    this.#ended.set(world, { status: null, signal: "SIGKILL" });
  }

  /**
   * Waits for its end and lets it go: waitpid(2), in the process that made it.
   * @returns how it ended; the same again where it has been waited for
   * @throws Error while it runs, since it does nothing by itself and would never end; and where its parent has ended
   */
  wait(): ProcessStatus {
    const { world } = this.#where();
    const known = this.#waited.get(world);
    if (known !== undefined) return known;
    this.#noteEnd();
    if (this.#runsIn(world))
      throw new Error(`waitpid: ${this.toString()} still runs, and does nothing by itself: let it exit() or kill() it first`);
    if (!world.model.running.includes(this.parent))
      throw new Error(`waitpid: ${processName(this.parent)}, the parent of ${this.toString()}, has ended: init waits for its children now`);
    const status = this.#status(world);
    const { outcome } = new ProcessWorld(world, this.parent).run({ op: "wait", child: this.id });
    if (outcome.kind === "errno") throw new Errno("waitpid", outcome.code, []);
    this.#waited.set(world, status);
    if (world.kind === "live") this.lab.children.delete(this);
    return status;
  }

  /** Ends and waits for it, as far as that is not done already. */
  [Symbol.dispose](): void {
    if (!this.world.open || this.#waited.has(this.#where().world)) return;
    this.#noteEnd();
    const { world } = this.#where();
    if (this.#runsIn(world)) this.kill();
    if (world.model.running.includes(this.parent)) this.wait();
    else if (world.kind === "live") this.lab.children.delete(this);
  }

  toString(): string {
    return processName(this.id);
  }

  /** How a cell prints it. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const state = !this.world.open ? "of a prediction that is over" : this.running ? "runs" : "has ended";
    return `Process ${this.toString()}: ${state}`;
  }

  /** Inside a prediction a live process stands for its copy there. */
  #where(): { readonly world: World; readonly inside: World } {
    if (!this.world.open)
      throw new Error(`${this.toString()} belonged to a prediction that is over: it never existed. Make the real call.`);
    const { whole } = this.lab.world;
    const world = whole.kind === "prediction" ? whole : this.world;
    return { world, inside: new ProcessWorld(world, this.id) };
  }

  #runsIn(world: World): boolean {
    return world.model.running.includes(this.id);
  }

  #requireRunning(what: string): void {
    const outside = this.#noteEnd();
    const { world } = this.#where();
    if (this.#runsIn(world)) return;
    const next = this.#waited.has(world) ? "Fork another one." : "wait() for it, and fork another one.";
    const by = outside ? ` It was ended from outside, by ${this.#status(world).signal ?? "somebody"}.` : "";
    throw new Error(`${what}: ${this.toString()} has ended.${by} ${next}`);
  }

  /** Lets the model know of an end that no call here brought about. @returns whether there was one */
  #noteEnd(): boolean {
    const { world, inside } = this.#where();
    if (world.kind !== "live" || !this.#runsIn(world) || this.lab.kernel.endOf(this.id) === undefined) return false;
    this.#ended.set(world, this.#status(world));
    inside.run({ op: "exit", bySignal: "SIGKILL" });
    return true;
  }

  /** How it ended: as the call that ended it said, or as the kernel has it. */
  #status(world: World): ProcessStatus {
    const known = this.#ended.get(world);
    if (known !== undefined) return known;
    const { exitStatus, signal } = this.lab.kernel.endOf(this.id) ?? { exitStatus: 0, signal: undefined };
    const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
    return { status: exitStatus ?? null, signal: name ?? null };
  }
}
