/** What notebooks of experiments import: `import { experiment, measure } from "mmaplab/reproduce"`. */
export { CountDiffers, ExperimentRun, MINOR_FAULTS, TIME, experiment, type Measure, type RunParameters } from "./experiment-run.js";
export { EXPERIMENTS, experimentNamed } from "./experiments/index.js";
export type { Experiment, Needs, ParameterValue, Published, Quantity, RatioShape, Shape, Verdict } from "./experiment.js";
export { ratioShape } from "./experiment.js";
export { Measurements } from "./measurements.js";
export { measure, type Measured, type Span } from "./measure.js";
export type { FileLayout, PreparedFile } from "./prepared-file.js";
export { caseText, records, type Case, type ExperimentRecord, type MeasureKind } from "./record.js";
export { ShownTable } from "./report/shown-table.js";
export { manifest, type Manifest } from "./running/manifest.js";
export { effect, effectWord, type Effect } from "./statistics/effect.js";
export { summarize, warmUpLength, type Summary } from "./statistics/summary.js";
