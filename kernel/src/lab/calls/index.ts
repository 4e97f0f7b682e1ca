/** The calls of a cell, one file a family: thin builders of operations, with the names and the order of arguments of the man pages. */
export { madvise, pidfd_open, process_madvise, type AdvisedMemory } from "./advice.js";
export { cachestat, fallocate, fdatasync, fsync, ftruncate, posix_fadvise, sync_file_range } from "./file-space.js";
export { getrlimit, getrusage, setrlimit, type ResourceLimit, type ResourceUsage } from "./limits.js";
export { mlock, mlock2, mlockall, munlock, munlockall } from "./locks.js";
export { brk, mmap, mprotect, mremap, mseal, munmap } from "./mappings.js";
export { fcntl, memfd_create, shm_open, shm_unlink } from "./memory-files.js";
export { mincore, msync } from "./residency.js";
export { swapoff, swapon, type SystemChange } from "./swap.js";
