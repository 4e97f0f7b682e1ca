/**
 * The records a program is made of, as the machine code reads and writes them: little-endian words at fixed offsets.
 * program.S has the same table.
 */

/**
 * The context at the start of the program's memory. Its words from 8 to 31 are those of a tree's leaf, by which libc is made to
 * call the machine code (`callAddress`).
 */
export const CONTEXT = Object.freeze({ bytes: 256, steps: 0, count: 32 });

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
export const OP = Object.freeze({ SYSCALL: 0, LOAD: 1, STORE: 2, EXEC: 3, SKIP: 4, FORK: 5 });

/** Bit of `flags`: the result becomes the chain value R. */
export const KEEPS_RESULT = 1;

/**
 * The mailbox of a forked process: a 32-bit word that is 1 from request to answer, the process whose requests it serves,
 * how long it waits before it looks whether that one still lives (a struct timespec), how many bytes from its start on the
 * program may touch, and the thread pointer of the C library. The process's stack lies between these and `context`, where the program starts.
 */
export const MAILBOX = Object.freeze({ request: 0, owner: 4, patience: 8, used: 24, thread: 32, context: 32768 });

/** One sample of a touch: before, after (time-stamp counter), minor, major (32 bits each), byte loaded. */
export const SAMPLE = Object.freeze({ bytes: 32, before: 0, after: 8, minor: 16, major: 20, loaded: 24 });

/** When a skip step skips. */
export const SKIP_WHEN = Object.freeze({ "R is not 0": 0n, "R is 0": 1n, "R is an error": 2n });

/** What a fork step makes. */
export const FORK_KIND = Object.freeze({ bare: 0n, "with C library": 1n, thread: 2n });
