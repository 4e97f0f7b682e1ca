/** The parts of the kernel that are loaded while its TypeScript service is starting already. */
export { startKernel } from "../jupyter/index.js";
export { explainLastWords } from "../probe/last-words-explanation.js";
