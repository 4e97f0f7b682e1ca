/** The executors that run operations on the live kernel. */
export { Arena } from "./arena.js";
export { backingDirectory, type DiskBacking } from "./backing-directory.js";
export { KernelExecutor } from "./executor.js";
export { NotInThisExecutor } from "./process-operations.js";
export { ProcessExecutor } from "./process-executor.js";
export { lackingFor } from "./requirements.js";
export { NotRunnable } from "./runnable.js";
