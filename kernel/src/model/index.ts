/**
 * The model of Linux memory mapping: pure, deterministic, the same in Node and in a browser.
 *
 *     Model                              runs operations; see model.ts
 *     Operation, Result, Executor        the vocabulary; see operation.ts and result.ts
 *     parseScenarios, runScenario        golden scenarios; see scenario.ts
 *     profileOf                          what differs between kernel releases; see profile.ts
 *
 * To learn how Linux works, open fault.ts, merge.ts, mmap.ts or mremap.ts: each reads from top to bottom.
 */
export * from "./operation.js";
export * from "./result.js";
export { Model, type RunOptions } from "./model.js";
export type { ModelOptions } from "./settings.js";
export { DEFAULT_RELEASE, parseRelease, profileOf, type FenceName, type Profile, type Release } from "./profile.js";
export type { PageRange, SearchResult, VmaDetails } from "./inspect.js";
export type { ForeignMapping } from "./foreign.js";
export type { IndexNode, IndexSnapshot } from "./vma-index.js";
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
