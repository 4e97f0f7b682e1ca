/**
 * The present state as operations that lead to it: in place of more operations than anybody wants to be sent. What is
 * rebuilt are the first process's mappings and the pages in them, not their contents.
 */
import { MADV, MAP, MLOCK, PAGE_SIZE, PROT } from "../../abi/index.js";
import {
  FIRST_PROCESS,
  Model,
  type FileId,
  type ModelOptions,
  type Operation,
  type TraceStep,
  type VmaDetails,
} from "../../model/index.js";
import { pageRuns } from "../../views/index.js";

/** Stretches of pages that are touched one after another, in all mappings. */
const MOST_TOUCHES = 4096;
/** Pages of a mapping that are looked at. */
const MOST_PAGES = 1 << 18;

/** The operations, and whether a model that runs them lists the same mappings. */
export interface RebuiltState {
  readonly steps: readonly TraceStep[];
  readonly exact: boolean;
}

/**
 * @param model the state
 * @param machine the options of a model that is to run the operations
 * @param recorded what is known of how files were opened
 */
export function stateAsSteps(model: Model, machine: ModelOptions, recorded: readonly TraceStep[]): RebuiltState {
  const vmas = model.vmas().filter(({ foreign }) => !foreign);
  const operations: Operation[] = filesOf(vmas, recorded);
  const budget = { touches: MOST_TOUCHES };
  for (const vma of vmas) operations.push(...mappingOf(vma, model, budget));
  return {
    steps: operations.map((operation) => ({ operation, result: null })),
    exact: budget.touches > 0 && model.running.length === 1 && leadsTo(vmas, operations, machine),
  };
}

/** How the files of some mappings came to be, without what is in them. */
function filesOf(vmas: readonly VmaDetails[], recorded: readonly TraceStep[]): Operation[] {
  const names = new Set(vmas.flatMap((vma) => (isFile(vma) ? [vma.object ?? ""] : [])));
  const operations: Operation[] = [];
  const opened = new Set<FileId>();
  for (const { operation } of recorded) {
    if (operation.op === "open" && names.has(operation.file)) {
      operations.push(opening(operation, opened));
      opened.add(operation.file);
    } else if (operation.op === "ftruncate" && opened.has(operation.file)) operations.push(operation);
  }
  for (const file of names) if (!opened.has(file)) operations.push(guessed(file, vmas));
  return operations;
}

/** Opens a file without what is in it, and as a file of its own where the one it is another opening of is not mapped. */
function opening(operation: Extract<Operation, { op: "open" }>, opened: ReadonlySet<FileId>): Operation {
  const { content, sameInodeAs, ...rest } = operation;
  if (sameInodeAs !== undefined && opened.has(sameInodeAs)) return { ...rest, sameInodeAs };
  return content === undefined && sameInodeAs === undefined ? operation : rest;
}

/** A file of which only its mappings are known: as large as they are. */
function guessed(file: FileId, vmas: readonly VmaDetails[]): Operation {
  const ends = vmas.filter(({ object }) => object === file).map(({ start, end, offset }) => Number(offset + end - start));
  return { op: "open", file, backing: "other", access: "rw", size: Math.max(0, ...ends), data: "clean" };
}

/** Maps a VMA and touches its pages. It is writable at first where its pages were written and may be no longer. */
function mappingOf(vma: VmaDetails, model: Model, budget: { touches: number }): Operation[] {
  const { start, perms, offset, vmFlags } = vma;
  const length = vma.end - start;
  const prot = protOf(perms);
  const touches = touchesOf(vma, model, budget);
  const needed = touches.reduce((all, { access }) => all | (access === "write" ? PROT.READ | PROT.WRITE : PROT.READ), 0);
  const first = prot | needed;
  const kind = perms.endsWith("s") ? MAP.SHARED : MAP.PRIVATE;
  const flags = MAP.FIXED | kind | (isFile(vma) ? 0 : MAP.ANONYMOUS) | (vmFlags.includes("nr") ? MAP.NORESERVE : 0);
  const file = isFile(vma) ? vma.object : null;
  const operations: Operation[] = [{ op: "mmap", at: start, length, prot: first, flags, file, offset: file === null ? 0n : offset }];
  operations.push(...touches, ...guardsOf(vma, model));
  if (first !== prot) operations.push({ op: "mprotect", at: start, length, prot });
  if (vmFlags.includes("lo")) operations.push({ op: "mlock2", at: start, length, flags: MLOCK.ONFAULT });
  return operations;
}

function touchesOf(vma: VmaDetails, model: Model, budget: { touches: number }): Extract<Operation, { op: "touch" }>[] {
  const states = lettersOf(vma, model, "states");
  const isShared = vma.perms.endsWith("s");
  const dirty = isShared ? lettersOf(vma, model, "dirty") : "";
  const letters = Array.from(states, (letter, page) => {
    if (letter === "a" || letter === "A" || letter === "s") return "w";
    if (letter === "z") return "r";
    if (letter === "f" || letter === "F") return dirty[page] === "d" ? "w" : "r";
    return ".";
  });
  return pageRuns(letters.join("")).flatMap(({ from, count, letter }) => {
    if (letter === "." || budget.touches === 0) return [];
    budget.touches -= 1;
    return [{ op: "touch", at: vma.start + BigInt(from * PAGE_SIZE), access: letter === "w" ? "write" : "read", count }];
  });
}

function guardsOf(vma: VmaDetails, model: Model): Operation[] {
  const states = lettersOf(vma, model, "states");
  return pageRuns(states.replaceAll(/[^g]/g, ".")).flatMap(({ from, count, letter }): Operation[] => {
    if (letter !== "g") return [];
    const at = vma.start + BigInt(from * PAGE_SIZE);
    return [{ op: "madvise", at, length: BigInt(count * PAGE_SIZE), advice: MADV.GUARD_INSTALL }];
  });
}

function lettersOf({ start, end }: VmaDetails, model: Model, which: "states" | "dirty"): string {
  return (end - start) / BigInt(PAGE_SIZE) > BigInt(MOST_PAGES) ? "" : model.pages(start, end - start)[which];
}

function protOf(perms: string): number {
  return (perms[0] === "r" ? PROT.READ : 0) | (perms[1] === "w" ? PROT.WRITE : 0) | (perms[2] === "x" ? PROT.EXEC : 0);
}

/** Shared anonymous memory is listed under a name too, and is no file of the lab. */
function isFile({ object }: VmaDetails): boolean {
  return object !== null && object !== "/dev/zero";
}

function leadsTo(vmas: readonly VmaDetails[], operations: readonly Operation[], machine: ModelOptions): boolean {
  const model = new Model(machine);
  for (const operation of operations) if (model.run(operation).outcome.kind !== "value") return false;
  const rebuilt = model.vmas(FIRST_PROCESS);
  const line = ({ start, end, perms, offset, object }: VmaDetails): string => [start, end, perms, offset, object].join(" ");
  return rebuilt.length === vmas.length && rebuilt.every((vma, index) => line(vma) === line(vmas[index] ?? vma));
}
