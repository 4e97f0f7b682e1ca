/** Traces: the type, the document, and replaying one. */
export * from "./trace.js";
export { TRACE_EXTENSION, decodeStep, decodeTrace, encodeStep, encodeTrace, readTrace } from "./document.js";
export { OPERATION_NAMES, decodeOperation, encodeOperation } from "./operation-codec.js";
export { decodeResult, encodeResult } from "./result-codec.js";
export { agree, follow } from "./follow.js";
export { callText } from "./call-text.js";
export { differencesOf, outcomeWords, verdictOf, type TraceDifference, type Verdict } from "./differences.js";
