/**
 * The model of Linux memory mapping: pure, deterministic, the same in Node and in a browser.
 *
 *     Model                              runs operations; see model.ts
 *     Operation, Result, Executor        the vocabulary; see operation.ts and result.ts
 *     parseScenarios, runScenario        golden scenarios; see scenario.ts
 *     profileOf                          what differs between kernel releases; see profile.ts
 *     displayedProfileOf                 the same, and two kernels of the past for display; see era.ts
 *
 * To learn how Linux works, open fault.ts, merge.ts, mmap.ts or mremap.ts: each reads from top to bottom.
 * The four structures that order VMAs are listed in vma-index.ts, and the page table is in page-table.ts and page-walk.ts.
 */
export * from "./operation.js";
export * from "./result.js";
export { Model, type RunOptions } from "./model.js";
export type { ModelOptions } from "./settings.js";
export { DEFAULT_RELEASE, parseRelease, profileOf, type FenceName, type Profile, type Release } from "./profile.js";
export { CHECKED_RELEASES, checkOf, profileNote, type ReleaseCheck } from "./checked-releases.js";
export type { PageRange, SearchResult, VmaDetails } from "./inspect.js";
export type { ForeignMapping } from "./foreign.js";
export type { CachedRun, FileCache } from "./file-cache.js";
export { DISPLAY_ONLY_RELEASES, displayedProfileOf, type DisplayedProfile, type DisplayOnlyRelease } from "./era.js";
export type { IndexStep, IndexStepKind, NodeId } from "./index-steps.js";
export { INTERNAL_SLOTS, LEAF_SLOTS } from "./maple-node.js";
export type { EntryFlag, EntryKind, PageWalk, WalkEntry, WalkLevel, WalkLevelName } from "./page-walk.js";
export type {
  FieldValue,
  IndexKind,
  IndexNode,
  IndexSnapshot,
  LinkedSnapshot,
  MapleContent,
  MapleNodeView,
  MapleSlotView,
  MapleSnapshot,
} from "./vma-index.js";
export type { StructField, StructForm, VmaStruct } from "./vma-struct.js";
export { AVL_MIN_MAP_COUNT } from "./list-avl-index.js";
export {
  describeMismatch,
  guardOperations,
  modelOptionsFor,
  openOperations,
  parseScenarios,
  runScenario,
  stepOperation,
  type Mismatch,
  type Scenario,
  type ScenarioFile,
  type ScenarioObject,
  type ScenarioPlace,
  type ScenarioReport,
  type ScenarioVma,
} from "./scenario.js";
export * from "./trace/index.js";
