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

const TABLES: Readonly<Record<string, Readonly<Record<SyscallName, number>>>> = { x64: X86_64 };

const table = TABLES[process.arch];

/**
 * The number of a system call on this machine.
 * @throws Error where the architecture has no table yet
 */
export function syscallNumber(name: SyscallName): number {
  if (table === undefined) {
    throw new Error(
      `mmaplab knows the system call numbers of ${Object.keys(TABLES).join(", ")}, not of ${process.arch}. ` +
        'Run it on one of those (an emulated container works), or use the model alone: import from "mmaplab/model"',
    );
  }
  return table[name];
}
