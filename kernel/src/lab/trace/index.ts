/** Recording what a lab did, as a trace. */
export { embedded } from "./embed.js";
export { makeTrace } from "./make-trace.js";
export { RecordedTrace } from "./recorded-trace.js";
export { RECORDER_LIMITS, Recorder, type Recording } from "./recorder.js";
export { replayOnKernel, replayOnModel, type ReplayedStep } from "./replay.js";
export { whyRecordedDiffers } from "./why-different.js";
export { WatchedModel } from "./watched-model.js";
