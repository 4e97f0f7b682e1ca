/** What this machine allows: every capability tried, every part of the lab held against it. */
export { Diagnosis, doctor, type DiagnosisLine, type Doctor, type Permission } from "./doctor.js";
export { FEATURES, type Feature, type FeatureState } from "./features.js";
export type { Allowed, Finding } from "./finding.js";
export { QUESTIONS, type Capability } from "./questions.js";
