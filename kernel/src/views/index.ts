/**
 * What the kernel displays, as data, and what can be said about that data without a browser: checking it, its text
 * and its static picture. Not here: figures (extension/) and anything that reads memory (lab/).
 */
export * from "./view.js";
export * from "./check-view.js";
export type { EmbeddedTrace } from "./embedded-trace.js";
export * from "./index-view.js";
export * from "./page-table-view.js";
export * from "./shared-memory-view.js";
export * from "./panel-messages.js";
export { LIMITS } from "./limits.js";
export { packBundle } from "./wire.js";
export { faultSpans } from "./fault-spans.js";
export { validateBundle, type Validation } from "./validate.js";
export { toText } from "./text/index.js";
export { toSvg } from "./svg/index.js";

// What every way of drawing a view needs.
export { addressOfPage, hex, pageCount, pageOfAddress, spanOf, type PageSpan } from "./address.js";
export { addressAxis, type AddressAxis, type AxisBreak, type AxisSegment } from "./address-axis.js";
export {
  changedPages,
  compareStates,
  differingRuns,
  tallyChanges,
  type ChangeTally,
  type DifferingRun,
  type VmaChange,
} from "./difference.js";
export { ACCESS_BY_LETTER, FAULT_KIND_BY_LETTER, listedFaults, type AccessName, type FaultKindName } from "./fault-letters.js";
export { indexLayout, type IndexEdge, type IndexLayout, type PlacedNode } from "./index-layout.js";
export { addressBits, entryMeaning, frameUses, structureName, type AddressBits, type FrameUse } from "./structure-words.js";
export { MIXED, pageMarks, pageRuns, type PageRun } from "./page-runs.js";
export { FAULT_INKS, INKS, INK_NAMES, PAGE_FILLS, VMA_FILLS, vmaClass, type InkName, type VmaClass } from "./palette.js";
export { noteLines } from "./note.js";
export { printable } from "./printable.js";
export { latencySummary, quantile, sortedAscending, thinnedRanks, type LatencySummary } from "./quantile.js";
export { formatBytes, formatNs } from "./units.js";
export { VmaIndex, objectName, vmaName } from "./vma-names.js";

// From a model to views of it.
export { foldedIndex, idOf } from "./from-model/folded-index.js";
export { modelVmas } from "./from-model/mappings.js";
export { pageTableView } from "./from-model/page-table.js";
