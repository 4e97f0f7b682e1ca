/** Constants of `<fcntl.h>` that the lab needs, on x86-64 Linux (include/uapi/asm-generic/fcntl.h, falloc.h, fadvise.h). */

/** `flags` of open(2). */
export const O = Object.freeze({
  /** For reading. */
  RDONLY: 0o0,
  /** For writing. A file opened so cannot be mapped: every mapping must be able to read. */
  WRONLY: 0o1,
  /** For both. */
  RDWR: 0o2,
  /** Mask of these three within `flags`. */
  ACCMODE: 0o3,
  /** Make the file where there is none. */
  CREAT: 0o100,
  /** With CREAT: EEXIST where there is one. */
  EXCL: 0o200,
  /** Do not make a terminal the controlling one. */
  NOCTTY: 0o400,
  /** Cut the file to size 0. */
  TRUNC: 0o1000,
  /** Each write goes to the end. */
  APPEND: 0o2000,
  /** Do not wait. */
  NONBLOCK: 0o4000,
  /** Each write waits as fdatasync(2) does. */
  DSYNC: 0o10000,
  /** SIGIO where input or output becomes possible. */
  ASYNC: 0o20000,
  /** Past the page cache. */
  DIRECT: 0o40000,
  /** Accepted and without effect on 64-bit machines. */
  LARGEFILE: 0o100000,
  /** ENOTDIR where it is no directory. */
  DIRECTORY: 0o200000,
  /** ELOOP where the last component is a symbolic link. */
  NOFOLLOW: 0o400000,
  /** Reading does not change the access time; for the owner. */
  NOATIME: 0o1000000,
  /** Close the descriptor on execve(2). */
  CLOEXEC: 0o2000000,
  /** Each write waits as fsync(2) does. */
  SYNC: 0o4010000,
  /** A place in the file system only: it can be neither read, written nor mapped. */
  PATH: 0o10000000,
  /** A nameless file in the directory given. */
  TMPFILE: 0o20200000,
});

/** `op` of fcntl(2), those that concern mapping. */
export const F = Object.freeze({
  /** The descriptor's flags. */
  GETFD: 1,
  /** The flags the file was opened with. */
  GETFL: 3,
  /** Seal a memfd. */
  ADD_SEALS: 1033,
  /** The seals of a memfd. */
  GET_SEALS: 1034,
});

/** Seals of a memfd, `F_ADD_SEALS` of fcntl(2). */
export const F_SEAL = Object.freeze({
  /** No further seals. */
  SEAL: 0x1,
  /** The file cannot become smaller. */
  SHRINK: 0x2,
  /** The file cannot become larger. */
  GROW: 0x4,
  /** No writes and no writable shared mappings, existing ones included. */
  WRITE: 0x8,
  /** No writes and no new writable shared mappings; existing ones go on (5.1). */
  FUTURE_WRITE: 0x10,
  /** The rights to execute cannot change (6.3). */
  EXEC: 0x20,
});

/** `mode` of fallocate(2); 0 reserves space and makes the file longer where need be. */
export const FALLOC_FL = Object.freeze({
  /** The size stays. */
  KEEP_SIZE: 0x01,
  /** Free the range, which reads as zeros then; with KEEP_SIZE. */
  PUNCH_HOLE: 0x02,
  /** Reserved, and refused. */
  NO_HIDE_STALE: 0x04,
  /** Take the range out: what lies behind moves forward (3.15). */
  COLLAPSE_RANGE: 0x08,
  /** Make the range zeros without writing them (3.15). */
  ZERO_RANGE: 0x10,
  /** Put a hole in: what lies behind moves back (4.1). */
  INSERT_RANGE: 0x20,
  /** Give the file blocks of its own where it shares them with another (4.11). */
  UNSHARE_RANGE: 0x40,
  /** Write zeros, so that later writes allocate nothing (6.17). */
  WRITE_ZEROES: 0x80,
});

/** `advice` of posix_fadvise(2). */
export const POSIX_FADV = Object.freeze({
  /** No special treatment. */
  NORMAL: 0,
  /** Reads in no order: no readahead. */
  RANDOM: 1,
  /** Reads in order: twice the readahead. */
  SEQUENTIAL: 2,
  /** Start to read the range into the page cache. */
  WILLNEED: 3,
  /** Drop clean pages that nobody maps from the page cache. */
  DONTNEED: 4,
  /** Reads happen once; without effect from 2.6.18 to 6.2. */
  NOREUSE: 5,
});

/** `flags` of sync_file_range(2). */
export const SYNC_FILE_RANGE = Object.freeze({
  /** First wait for pages that are being written already. */
  WAIT_BEFORE: 1,
  /** Start to write the dirty pages. */
  WRITE: 2,
  /** Then wait for them. */
  WAIT_AFTER: 4,
  /** All three. */
  WRITE_AND_WAIT: 7,
});
