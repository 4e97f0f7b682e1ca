/**
 * Constants of `<sys/mman.h>` on x86-64 Linux (include/uapi/asm-generic/mman*.h).
 * Each object is frozen so that a cell cannot change what a flag means.
 */

/** `prot` of mmap(2) and mprotect(2). */
export const PROT = Object.freeze({
  /** The pages may not be accessed. */
  NONE: 0x0,
  /** The pages may be read. */
  READ: 0x1,
  /** The pages may be written. On x86 this makes them readable too. */
  WRITE: 0x2,
  /** The pages may be executed. */
  EXEC: 0x4,
  /** mprotect(2): accepted and without effect on x86. */
  SEM: 0x8,
  /** mprotect(2): extend the change down to the start of a MAP_GROWSDOWN mapping. */
  GROWSDOWN: 0x0100_0000,
  /** mprotect(2): extend the change up; no such mappings exist on x86. */
  GROWSUP: 0x0200_0000,
});

/** `flags` of mmap(2). The low four bits are the type. */
export const MAP = Object.freeze({
  /** Failure value of mmap(2), as the signed number the system call returns. */
  FAILED: -1n,
  /** Mask of the mapping type within `flags`. */
  TYPE: 0x0f,
  /** Stores are seen by every process that maps the object, and reach the file. */
  SHARED: 0x01,
  /** Stores are private copies, made page by page at the first write. */
  PRIVATE: 0x02,
  /** As SHARED, but an unknown flag is refused with EOPNOTSUPP (4.15). */
  SHARED_VALIDATE: 0x03,
  /** Private memory the kernel may drop under pressure (6.11). */
  DROPPABLE: 0x08,
  /** Map at exactly the address given, replacing what was there. */
  FIXED: 0x10,
  /** No file: zero-filled memory. */
  ANONYMOUS: 0x20,
  /** Place the mapping in the low 2 GiB. */
  "32BIT": 0x40,
  /** A stack: grows downwards when the page below it is touched. */
  GROWSDOWN: 0x100,
  /** Ignored. */
  DENYWRITE: 0x800,
  /** Ignored. */
  EXECUTABLE: 0x1000,
  /** Lock the pages and fault them in at once, as mlock(2). */
  LOCKED: 0x2000,
  /** Do not reserve swap space. */
  NORESERVE: 0x4000,
  /** Fault the pages in at once. */
  POPULATE: 0x8000,
  /** With POPULATE: do not populate after all. */
  NONBLOCK: 0x1_0000,
  /** A stack for a thread. Since 6.7 it turns huge pages off. */
  STACK: 0x2_0000,
  /** Huge pages from hugetlbfs. */
  HUGETLB: 0x4_0000,
  /** Synchronous faults on DAX files; needs SHARED_VALIDATE. */
  SYNC: 0x8_0000,
  /** As FIXED, but EEXIST instead of replacing a mapping (4.17). */
  FIXED_NOREPLACE: 0x10_0000,
  /** Where the log2 of a huge page size starts within `flags`. */
  HUGE_SHIFT: 26,
});

/** `flags` of msync(2). */
export const MS = Object.freeze({
  /** Schedule write-back; since 2.6.19 this does nothing. */
  ASYNC: 1,
  /** Fail with EBUSY where the range is locked; otherwise nothing on Linux. */
  INVALIDATE: 2,
  /** Write the range back and wait for it. */
  SYNC: 4,
});

/** `flags` of mremap(2). */
export const MREMAP = Object.freeze({
  /** The mapping may move. */
  MAYMOVE: 1,
  /** Move to exactly the new address. */
  FIXED: 2,
  /** Leave the old range mapped and empty (5.7). */
  DONTUNMAP: 4,
});

/** `advice` of madvise(2). */
export const MADV = Object.freeze({
  NORMAL: 0,
  RANDOM: 1,
  SEQUENTIAL: 2,
  WILLNEED: 3,
  DONTNEED: 4,
  FREE: 8,
  REMOVE: 9,
  DONTFORK: 10,
  DOFORK: 11,
  MERGEABLE: 12,
  UNMERGEABLE: 13,
  HUGEPAGE: 14,
  NOHUGEPAGE: 15,
  DONTDUMP: 16,
  DODUMP: 17,
  WIPEONFORK: 18,
  KEEPONFORK: 19,
  COLD: 20,
  PAGEOUT: 21,
  POPULATE_READ: 22,
  POPULATE_WRITE: 23,
  DONTNEED_LOCKED: 24,
  COLLAPSE: 25,
  HWPOISON: 100,
  SOFT_OFFLINE: 101,
  GUARD_INSTALL: 102,
  GUARD_REMOVE: 103,
});

/** `flags` of mlockall(2). */
export const MCL = Object.freeze({ CURRENT: 1, FUTURE: 2, ONFAULT: 4 });

/** `flags` of mlock2(2). */
export const MLOCK = Object.freeze({ ONFAULT: 1 });

/** `flags` of memfd_create(2). */
export const MFD = Object.freeze({
  CLOEXEC: 0x1,
  ALLOW_SEALING: 0x2,
  HUGETLB: 0x4,
  NOEXEC_SEAL: 0x8,
  EXEC: 0x10,
});
