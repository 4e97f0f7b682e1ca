/**
 * Which execution runs now, so that every output finds the cell it came from, also the output of a timer that fires while
 * a later cell runs. Timers are followed by wrapping the timer functions.
 *
 * Not by AsyncLocalStorage: on Node 20 that needs promise hooks, and with those V8's terminateExecution (the interrupt)
 * inside a microtask leaves Node's async id stack unbalanced, which aborts the process.
 */
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timersPromises, { type setTimeout as Sleep } from "node:timers/promises";
import { promisify } from "node:util";

type Callback = (...args: unknown[]) => void;
type TimerOptions = Parameters<typeof Sleep>[2];
type Timer = ReturnType<typeof setTimeout> | ReturnType<typeof setImmediate>;

/** One run of a cell. */
export interface Execution {
  /** As in the supervisor's command. */
  readonly id: number;
  /** Timers it has started that may still fire. */
  readonly timers: Set<Timer>;
  /** Aborted when the execution is interrupted. */
  readonly interruption: AbortController;
}

function newExecution(id: number): Execution {
  return { id, timers: new Set(), interruption: new AbortController() };
}

const original = {
  setTimeout: timers.setTimeout,
  setInterval: timers.setInterval,
  setImmediate: timers.setImmediate,
  clearTimeout: timers.clearTimeout,
  clearInterval: timers.clearInterval,
  clearImmediate: timers.clearImmediate,
  sleep: timersPromises.setTimeout,
};

/** The execution that belongs to the code on the stack; falls back to the cell started last. */
export class CurrentExecution {
  #foreground = newExecution(0);
  #ambient = this.#foreground;

  /** The execution that output of the code running now belongs to. */
  get current(): Execution {
    return this.#ambient;
  }

  /** A new execution starts; code that no timer leads back to an earlier one belongs to it from now on. */
  start(id: number): Execution {
    this.#foreground = newExecution(id);
    this.#ambient = this.#foreground;
    return this.#foreground;
  }

  /** An execution beside the foreground one, for what the front end sets off between cells. */
  aside(id: number): Execution {
    return newExecution(id);
  }

  /** Runs `callback` as part of `execution`, together with the promise reactions it sets off. */
  within(execution: Execution, callback: () => void): void {
    this.#ambient = execution;
    // Ticks run before promise reactions, and a tick made by a reaction runs when all reactions are done.
    process.nextTick(() => {
      void Promise.resolve().then(() => {
        process.nextTick(() => {
          if (this.#ambient === execution) this.#ambient = this.#foreground;
        });
      });
    });
    callback();
  }

  /** Ends what an interrupted execution has planned: its timers never fire. */
  cancel(execution: Execution): void {
    for (const timer of execution.timers) {
      original.clearTimeout(timer as NodeJS.Timeout);
      original.clearImmediate(timer as NodeJS.Immediate);
    }
    execution.timers.clear();
    execution.interruption.abort();
  }

  /** Replaces the timer functions, global and of `node:timers/promises`, by ones that know the execution. */
  installTimers(): void {
    const once =
      <Rest extends unknown[]>(start: (callback: Callback, ...rest: Rest) => Timer) =>
      (callback: unknown, ...rest: Rest): Timer => {
        // A wrong callback gets Node's own error.
        if (typeof callback !== "function") return start(callback as Callback, ...rest);
        const execution = this.current;
        const timer = start(
          (...args) => {
            execution.timers.delete(timer);
            this.within(execution, () => (callback as Callback)(...args));
          },
          ...rest,
        );
        execution.timers.add(timer);
        return timer;
      };
    const setTimeout = once((callback, ...rest: [number?, ...unknown[]]) => original.setTimeout(callback, ...rest));
    const setImmediate = once((callback, ...rest: unknown[]) => original.setImmediate(callback, ...rest));
    const setInterval = (callback: unknown, ...rest: [number?, ...unknown[]]): Timer => {
      if (typeof callback !== "function") return original.setInterval(callback as Callback, ...rest);
      const execution = this.current;
      const fire = (...args: unknown[]): void => this.within(execution, () => (callback as Callback)(...args));
      const timer = original.setInterval(fire, ...rest);
      execution.timers.add(timer);
      return timer;
    };
    const clear =
      (stop: (timer: NodeJS.Timeout) => void) =>
      (timer: unknown): void => {
        this.current.timers.delete(timer as Timer);
        stop(timer as NodeJS.Timeout);
      };
    const sleep = (delay?: number, value?: unknown, options?: TimerOptions): Promise<unknown> =>
      options === undefined ? new Promise((resolve) => void setTimeout(resolve, delay, value)) : original.sleep(delay, value, options);

    // `await promisify(setTimeout)(ms)` and `timers/promises` go through the wrapped function as well.
    Object.defineProperty(setTimeout, promisify.custom, { value: sleep });
    const replaced = {
      setTimeout,
      setInterval,
      setImmediate,
      clearTimeout: clear(original.clearTimeout),
      clearInterval: clear(original.clearInterval),
    };
    Object.assign(globalThis, replaced);
    Object.assign(timers, replaced);
    Object.assign(timersPromises, { setTimeout: sleep });
    syncBuiltinESMExports();
  }
}
