/** Random call sequences on the model and on the live kernel. */
export { fuzz, type Divergence, type FuzzCounts, type FuzzOptions, type FuzzSummary } from "./fuzz.js";
export { generateSequence, type Surroundings } from "./generate.js";
export { MAX_SEED, Random } from "./random.js";
export { asScenario, type FuzzSequence, type Step } from "./sequence.js";
export { shrink, type StillFails } from "./shrink.js";
export { type Predictor } from "./side-by-side.js";
