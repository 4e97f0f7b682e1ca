/** A Jupyter kernel for TypeScript: its server side. */
export { startKernel, type Kernel, type KernelOptions } from "./kernel.js";
export { ConnectionFileError } from "./connection-file.js";
export type { CrashReports } from "./crash-report.js";
export type { CrashExplanation } from "./obituary.js";
