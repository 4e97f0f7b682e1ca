/**
 * Numbers of the system calls used here, per architecture (arch/x86/entry/syscalls/syscall_64.tbl and
 * include/uapi/asm-generic/unistd.h). Add a table here to support a further architecture.
 */
const X86_64 = {
  read: 0,
  write: 1,
  close: 3,
  mmap: 9,
  mprotect: 10,
  munmap: 11,
  brk: 12,
  rt_sigaction: 13,
  rt_sigprocmask: 14,
  ioctl: 16,
  pread64: 17,
  pwrite64: 18,
  mremap: 25,
  msync: 26,
  mincore: 27,
  madvise: 28,
  exit: 60,
  wait4: 61,
  fcntl: 72,
  fsync: 74,
  fdatasync: 75,
  ftruncate: 77,
  getrusage: 98,
  setresuid: 117,
  sigaltstack: 131,
  mlock: 149,
  munlock: 150,
  mlockall: 151,
  munlockall: 152,
  prctl: 157,
  setrlimit: 160,
  mount: 165,
  umount2: 166,
  swapon: 167,
  swapoff: 168,
  gettid: 186,
  futex: 202,
  fadvise64: 221,
  clock_gettime: 228,
  exit_group: 231,
  openat: 257,
  unlinkat: 263,
  ppoll: 271,
  unshare: 272,
  sync_file_range: 277,
  fallocate: 285,
  eventfd2: 290,
  pipe2: 293,
  perf_event_open: 298,
  prlimit64: 302,
  memfd_create: 319,
  userfaultfd: 323,
  mlock2: 325,
  rseq: 334,
  pidfd_open: 434,
  process_madvise: 440,
  cachestat: 451,
  mseal: 462,
} as const;

/** A system call the binding knows, by its kernel name. */
export type SyscallName = keyof typeof X86_64;

/** The generic table, which newer architectures share: without the calls that others have replaced (fork, open, pause, poll). */
const ARM64: Readonly<Record<SyscallName, number>> = {
  eventfd2: 19,
  fcntl: 25,
  ioctl: 29,
  unlinkat: 35,
  umount2: 39,
  mount: 40,
  ftruncate: 46,
  fallocate: 47,
  openat: 56,
  close: 57,
  pipe2: 59,
  read: 63,
  write: 64,
  pread64: 67,
  pwrite64: 68,
  ppoll: 73,
  fsync: 82,
  fdatasync: 83,
  sync_file_range: 84,
  exit: 93,
  exit_group: 94,
  unshare: 97,
  futex: 98,
  clock_gettime: 113,
  sigaltstack: 132,
  rt_sigaction: 134,
  rt_sigprocmask: 135,
  setresuid: 147,
  setrlimit: 164,
  getrusage: 165,
  prctl: 167,
  gettid: 178,
  brk: 214,
  munmap: 215,
  mremap: 216,
  mmap: 222,
  fadvise64: 223,
  swapon: 224,
  swapoff: 225,
  mprotect: 226,
  msync: 227,
  mlock: 228,
  munlock: 229,
  mlockall: 230,
  munlockall: 231,
  mincore: 232,
  madvise: 233,
  perf_event_open: 241,
  wait4: 260,
  prlimit64: 261,
  memfd_create: 279,
  userfaultfd: 282,
  mlock2: 284,
  rseq: 293,
  pidfd_open: 434,
  process_madvise: 440,
  cachestat: 451,
  mseal: 462,
};

/** Every call there is a number for. */
export const SYSCALL_NAMES = Object.freeze(Object.keys(X86_64) as SyscallName[]);

const TABLES: ReadonlyMap<string, Readonly<Record<SyscallName, number>>> = new Map([
  ["x64", X86_64],
  ["arm64", ARM64],
]);

const ownTable = TABLES.get(process.arch);

/**
 * The number of a system call.
 * @param architecture as `process.arch` says it; that of this machine unless told
 * @throws Error where the architecture has no table yet
 */
export function syscallNumber(name: SyscallName, architecture?: string): number {
  const table = architecture === undefined ? ownTable : TABLES.get(architecture);
  if (table === undefined) {
    throw new Error(
      `mmaplab knows the system call numbers of ${[...TABLES.keys()].join(", ")}, not of ${architecture ?? process.arch}. ` +
        'Run it on one of those (an emulated container works), or use the model alone: import from "mmaplab/model"',
    );
  }
  return table[name];
}
