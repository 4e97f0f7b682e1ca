/** Constants of `<fcntl.h>` that the lab needs, on x86-64 Linux. */

/** `flags` of open(2). */
export const O = Object.freeze({
  RDONLY: 0o0,
  WRONLY: 0o1,
  RDWR: 0o2,
  ACCMODE: 0o3,
  CREAT: 0o100,
  EXCL: 0o200,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  DIRECT: 0o40000,
  CLOEXEC: 0o2000000,
  PATH: 0o10000000,
  TMPFILE: 0o20200000,
});

/** Seals of a memfd, `F_ADD_SEALS` of fcntl(2). */
export const F_SEAL = Object.freeze({
  SEAL: 0x1,
  SHRINK: 0x2,
  GROW: 0x4,
  WRITE: 0x8,
  FUTURE_WRITE: 0x10,
  EXEC: 0x20,
});

/** `mode` of fallocate(2). */
export const FALLOC_FL = Object.freeze({ KEEP_SIZE: 0x01, PUNCH_HOLE: 0x02 });

/** `advice` of posix_fadvise(2). */
export const POSIX_FADV = Object.freeze({
  NORMAL: 0,
  RANDOM: 1,
  SEQUENTIAL: 2,
  WILLNEED: 3,
  DONTNEED: 4,
  NOREUSE: 5,
});
