/**
 * What a cell sees, all of it in scope without an import line. The names are those of the man pages.
 */
export { FALLOC_FL, F_SEAL, MADV, MAP, MCL, MFD, MLOCK, MREMAP, MS, O, PAGE_SIZE, POSIX_FADV, PROT } from "../abi/index.js";
export { Errno } from "../linux/index.js";
export { mincore, mmap, mprotect, msync, munmap } from "./calls.js";
export type { Comparison } from "./compare/compare.js";
export { explain, type Explanation } from "./explain.js";
export { close, fsync, ftruncate, memfd_create, open, scratchFile } from "./files.js";
export { lab } from "./lab-commands.js";
export { Mapping, type TouchOptions } from "./mapping.js";
export { observe, type Observation } from "./observe.js";
export { predict } from "./predict.js";
export { Signal } from "./signal.js";
