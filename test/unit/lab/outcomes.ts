/** How a call of a cell ended, for the tests. */
import { Errno, Signal, close } from "../../../kernel/src/lab/index.js";

/** What an action throws; undefined where it returns. */
export function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The Errno an action throws. */
export function errnoOf(action: () => unknown): Errno {
  const error = thrown(action);
  if (!(error instanceof Errno)) throw new Error(`expected an Errno, not ${String(error)}`);
  return error;
}

/** The Signal an action ends with. */
export function signalOf(action: () => unknown): Signal {
  const error = thrown(action);
  if (!(error instanceof Signal)) throw new Error(`expected a Signal, not ${String(error)}`);
  return error;
}

/** Runs `use` with a descriptor and closes it. */
export function withFile<T>(fd: number, use: (fd: number) => T): T {
  try {
    return use(fd);
  } finally {
    close(fd);
  }
}
