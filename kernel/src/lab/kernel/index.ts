/** The executor that runs operations on the live kernel. */
export { Arena } from "./arena.js";
export { backingDirectory, type DiskBacking } from "./backing-directory.js";
export { KernelExecutor, NotInThisExecutor } from "./executor.js";
