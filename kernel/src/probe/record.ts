/**
 * The records a program is made of, as the machine code reads and writes them: little-endian words at fixed offsets.
 * program.S has the same table.
 */

/** The context at the start of the program's memory. */
export const CONTEXT = Object.freeze({ bytes: 256, steps: 0, count: 8 });

/** One step. */
export const STEP = Object.freeze({
  bytes: 128,
  op: 0,
  chain: 1,
  flags: 2,
  number: 8,
  arguments: 16,
  result: 64,
  before: 72,
  after: 80,
  signal: 88,
  code: 92,
  address: 96,
  error: 104,
  trap: 112,
  touched: 120,
});

/** What a step does. */
export const OP = Object.freeze({ SYSCALL: 0, LOAD: 1, STORE: 2, EXEC: 3, SKIP: 4 });

/** Bit of `flags`: the result becomes the chain value R. */
export const KEEPS_RESULT = 1;

/** One sample of a touch: before, after (time-stamp counter), minor, major (32 bits each), byte loaded. */
export const SAMPLE = Object.freeze({ bytes: 32, before: 0, after: 8, minor: 16, major: 20, loaded: 24 });

/** When a skip step skips. */
export const SKIP_WHEN = Object.freeze({ "R is not 0": 0n, "R is 0": 1n, "R is an error": 2n });
