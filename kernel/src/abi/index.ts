/**
 * The Linux user ABI as plain data: constants, errno numbers and signal codes, named as in the man pages.
 *
 * A leaf: the binding, the probe and the model all read these numbers, and none of them may import another.
 */
export * from "./errno.js";
export * from "./mman.js";
export * from "./fcntl.js";
export * from "./page.js";
export * from "./resource.js";
export * from "./signal.js";
export * from "./swap.js";
export * from "./userfaultfd.js";
