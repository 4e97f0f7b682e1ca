/** Processes that run programs and nothing else. */
export { ProcessFamily, type ComingChild } from "./family.js";
export { ProcessEnded, ProgramProcess, endText } from "./program-process.js";
