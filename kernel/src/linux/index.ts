/**
 * The binding: Linux system calls through ffi-rs, one file per call family, named as the man pages name them, and
 * readers of /proc. It knows nothing of the model or of the lab.
 */
export type { Address, Bytes } from "./arguments.js";
export * from "./brk.js";
export * from "./cachestat.js";
export * from "./decode.js";
export * from "./errno.js";
export * from "./file-calls.js";
export * from "./file-kind.js";
export * from "./getrlimit.js";
export * from "./getrusage.js";
export * from "./invalidation.js";
export { LEAF, callAddress, externalBytes, rawSyscall, symbolAddress } from "./libc.js";
export * from "./madvise.js";
export * from "./memfd_create.js";
export * from "./mincore.js";
export * from "./mlock.js";
export * from "./mmap.js";
export * from "./mprotect.js";
export * from "./mremap.js";
export * from "./mseal.js";
export * from "./msync.js";
export * from "./open.js";
export * from "./page-cache.js";
export * from "./pagemap-scan.js";
export * from "./pidfd_open.js";
export * from "./proc-diskstats.js";
export type { Pid } from "./proc-file.js";
export * from "./proc-map-query.js";
export * from "./proc-maps.js";
export * from "./proc-meminfo.js";
export * from "./proc-page-flags.js";
export * from "./proc-pagemap.js";
export * from "./proc-smaps.js";
export * from "./proc-stat.js";
export * from "./proc-statm.js";
export * from "./proc-status.js";
export * from "./proc-vmstat.js";
export * from "./process_madvise.js";
export { mapOwnMemory } from "./scratch.js";
export * from "./shm_open.js";
export * from "./swapon.js";
export * from "./sync_file_range.js";
export * from "./syscall-numbers.js";
export * from "./userfaultfd.js";
export * from "./views.js";
