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
  /** Old name of ANONYMOUS. */
  ANON: 0x20,
  /** Ignored, and 0. */
  FILE: 0,
  /** Place the mapping in the low 2 GiB. */
  "32BIT": 0x40,
  /** Place the mapping above 4 GiB (6.6, x86 only). */
  ABOVE4G: 0x80,
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
  /** Leave anonymous pages uncleared; honoured only by kernels without an MMU, and the bit of a huge page size elsewhere. */
  UNINITIALIZED: 0x400_0000,
  /** Where the log2 of a huge page size starts within `flags`. */
  HUGE_SHIFT: 26,
  /** Mask of that log2, before the shift. */
  HUGE_MASK: 0x3f,
  /** With HUGETLB: huge pages of 2 MiB. */
  HUGE_2MB: 21 << 26,
  /** With HUGETLB: huge pages of 1 GiB. */
  HUGE_1GB: 30 << 26,
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
  /** No special treatment. */
  NORMAL: 0,
  /** Expect accesses in no order: no readahead. */
  RANDOM: 1,
  /** Expect accesses in order: more readahead. */
  SEQUENTIAL: 2,
  /** Read ahead now. */
  WILLNEED: 3,
  /** Drop the pages: the next access finds the file again, or zeros. */
  DONTNEED: 4,
  /** Drop private anonymous pages once memory is short, unless they are written first (4.5). */
  FREE: 8,
  /** Punch a hole into the file behind the range. */
  REMOVE: 9,
  /** A child of fork does not get the range. */
  DONTFORK: 10,
  /** Undo DONTFORK. */
  DOFORK: 11,
  /** KSM may merge pages of equal contents. */
  MERGEABLE: 12,
  /** Undo MERGEABLE, and part merged pages. */
  UNMERGEABLE: 13,
  /** Use transparent huge pages here. */
  HUGEPAGE: 14,
  /** Use none. */
  NOHUGEPAGE: 15,
  /** Leave the range out of core dumps. */
  DONTDUMP: 16,
  /** Undo DONTDUMP. */
  DODUMP: 17,
  /** A child of fork gets zeros (4.14). */
  WIPEONFORK: 18,
  /** Undo WIPEONFORK. */
  KEEPONFORK: 19,
  /** Make the pages the next to be reclaimed (5.4). */
  COLD: 20,
  /** Reclaim the pages now (5.4). */
  PAGEOUT: 21,
  /** Fault the pages in as by reading (5.14). */
  POPULATE_READ: 22,
  /** Fault the pages in as by writing (5.14). */
  POPULATE_WRITE: 23,
  /** As DONTNEED, locked pages too (5.18). */
  DONTNEED_LOCKED: 24,
  /** Put the range into huge pages now (6.1). */
  COLLAPSE: 25,
  /** Treat the pages as broken memory; for tests, privileged. */
  HWPOISON: 100,
  /** Move the contents elsewhere and take the memory out of use; for tests, privileged. */
  SOFT_OFFLINE: 101,
  /** Any access to the pages is SIGSEGV, without a VMA of its own (6.13). */
  GUARD_INSTALL: 102,
  /** Undo GUARD_INSTALL (6.13). */
  GUARD_REMOVE: 103,
});

/** `flags` of mlockall(2). */
export const MCL = Object.freeze({
  /** Lock what is mapped now. */
  CURRENT: 1,
  /** Lock what will be mapped. */
  FUTURE: 2,
  /** Lock pages as they are touched instead of faulting them in (4.4). */
  ONFAULT: 4,
});

/** `flags` of mlock2(2). */
export const MLOCK = Object.freeze({
  /** Lock pages as they are touched instead of faulting them in. */
  ONFAULT: 1,
});

/** `flags` of memfd_create(2). */
export const MFD = Object.freeze({
  /** Close the descriptor on execve(2). */
  CLOEXEC: 0x1,
  /** Allow seals: without it the file is born with F_SEAL_SEAL. */
  ALLOW_SEALING: 0x2,
  /** Huge pages from hugetlbfs (4.14). */
  HUGETLB: 0x4,
  /** Not executable, and sealed so (6.3). */
  NOEXEC_SEAL: 0x8,
  /** Executable (6.3). */
  EXEC: 0x10,
  /** Where the log2 of a huge page size starts within `flags`. */
  HUGE_SHIFT: 26,
  /** Mask of that log2, before the shift. */
  HUGE_MASK: 0x3f,
  /** With HUGETLB: huge pages of 2 MiB. */
  HUGE_2MB: 21 << 26,
  /** With HUGETLB: huge pages of 1 GiB. */
  HUGE_1GB: 30 << 26,
});
