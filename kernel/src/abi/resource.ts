/** Constants of `<sys/resource.h>` on x86-64 Linux (include/uapi/asm-generic/resource.h). */

/** `resource` of getrlimit(2) and setrlimit(2). */
export const RLIMIT = Object.freeze({
  /** Time on the processor, in seconds. */
  CPU: 0,
  /** Size of a file the process writes, in bytes. */
  FSIZE: 1,
  /** Private writable memory, in bytes: the heap, and since 4.7 such mappings. */
  DATA: 2,
  /** The stack of the first thread, in bytes. */
  STACK: 3,
  /** A core file, in bytes. */
  CORE: 4,
  /** Resident memory; without effect since 2.4.30. */
  RSS: 5,
  /** Processes and threads of the user. */
  NPROC: 6,
  /** One more than the largest descriptor. */
  NOFILE: 7,
  /** Locked memory, in bytes. */
  MEMLOCK: 8,
  /** All that is mapped, resident or not, in bytes. */
  AS: 9,
  /** File locks; without effect since 2.4.25. */
  LOCKS: 10,
  /** Signals queued for the user. */
  SIGPENDING: 11,
  /** Bytes in POSIX message queues of the user. */
  MSGQUEUE: 12,
  /** Highest nice value, as 20 minus it. */
  NICE: 13,
  /** Highest real-time priority. */
  RTPRIO: 14,
  /** Time on the processor without a blocking call under real-time scheduling, in microseconds. */
  RTTIME: 15,
});

/** The name of a resource without its prefix. */
export type RlimitName = keyof typeof RLIMIT;

/** No limit: `RLIM_INFINITY`. */
export const RLIM_INFINITY = (1n << 64n) - 1n;

/** `who` of getrusage(2). */
export const RUSAGE = Object.freeze({
  /** The process with all its threads. */
  SELF: 0,
  /** Its children that ended and were waited for, and theirs. */
  CHILDREN: -1,
  /** The calling thread. */
  THREAD: 1,
});
