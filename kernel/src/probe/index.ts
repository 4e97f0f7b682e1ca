/**
 * The instrument: programs of system calls, touches and skips that run at C speed, survive SIGSEGV and SIGBUS, and can
 * be traced fault by fault. It knows nothing of the model or of the lab.
 */
export { thisArchitecture, type Architecture, type FaultError } from "./architecture.js";
export * from "./clock.js";
export * from "./process/index.js";
export * from "./program.js";
export * from "./run.js";
export * from "./signal.js";
export * from "./trace/ability.js";
export * from "./trace/tracer.js";
export * from "./userfault/index.js";
