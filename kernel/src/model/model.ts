/** The model as an executor: it runs operations, can be copied, and can be looked at without changing. */
import type { AddressSpace } from "./address-space.js";
import { asUnsignedLong, pageOf } from "./address.js";
import type { Call } from "./call.js";
import { dispatch, type Answer } from "./dispatch.js";
import { FaultLog } from "./fault-log.js";
import { dirtyPagesOf, fileCaches, type FileCache } from "./file-cache.js";
import { importForeign, type ForeignMapping } from "./foreign.js";
import { runningProcess } from "./fork.js";
import { indexOf, searchIn, vmasOf, type PageRange, type SearchResult, type VmaDetails } from "./inspect.js";
import { Machine } from "./machine.js";
import { filePage, writeFromOutside } from "./outside-writes.js";
import { dirtyBits, pageStates, rangeOf, undeterminedPages } from "./observe.js";
import type { OpenFile } from "./file.js";
import { FIRST_PROCESS, type Access, type FileId, type Operation, type ProcessId } from "./operation.js";
import type { Profile } from "./profile.js";
import { Refusal, Trail } from "./reason.js";
import type { Executor, Reason, Result } from "./result.js";
import type { IndexStep } from "./index-steps.js";
import { walk, type PageWalk } from "./page-walk.js";
import { vmaStruct, type VmaStruct } from "./vma-struct.js";
import { settingsOf, underRelease, type ModelOptions } from "./settings.js";
import type { IndexSnapshot } from "./vma-index.js";

/** How one operation is run. */
export interface RunOptions {
  /**
   * Where the kernel is known to have put a mapping whose place it chose: mmap without MAP_FIXED, or mremap that moved.
   * The model makes its checks and does all the rest, and takes this address instead of choosing one.
   */
  readonly placedAt?: bigint;
}

/**
 * A model of Linux memory mapping: processes with VMAs, page tables and page frames, files with a page cache.
 *
 * Deterministic: the same operations give the same results. It never calls the system it runs on.
 *
 * ```ts
 * const model = new Model({ release: "6.18.44" });
 * const { outcome } = model.run({ op: "mmap", at: 0n, length: 8192n, prot: PROT.READ | PROT.WRITE, flags: MAP.PRIVATE | MAP.ANONYMOUS, file: null, offset: 0n });
 * ```
 */
export class Model implements Executor {
  private machine: Machine;

  /** @param options what machine and kernel to model; an ordinary one unless told */
  constructor(options: ModelOptions = {}) {
    this.machine = new Machine(settingsOf(options));
    this.machine.addProcess(FIRST_PROCESS);
  }

  /** Which behaviours the modelled kernel release has. */
  get profile(): Profile {
    return this.machine.profile;
  }

  /** What must be said beside anything shown of the profile, for one that is for display only; null otherwise. */
  get profileNote(): string | null {
    return this.machine.settings.profileNote;
  }

  /** The processes there are, zombies included, by name. */
  get processes(): readonly ProcessId[] {
    return [...this.machine.processes.keys()];
  }

  /** The processes that run, by name. */
  get running(): readonly ProcessId[] {
    return [...this.machine.processes.values()].filter(({ state }) => state === "running").map(({ id }) => id);
  }

  /**
   * Runs one operation.
   * @returns its result with the faults it took and the reason for its outcome
   * @throws Error where the operation makes no sense here: a process that does not run, a fork under a name in use
   */
  run(operation: Operation, options: RunOptions = {}): Result {
    const process = runningProcess(this.machine.processes, operation.process ?? FIRST_PROCESS);
    process.mm.index.steps.clear();
    const faults = new FaultLog(this.machine.settings.maxListedFaults);
    const trail = new Trail();
    const placedAt = options.placedAt === undefined ? undefined : pageOf(asUnsignedLong(options.placedAt));
    const call: Call = { machine: this.machine, process, mm: process.mm, trail, faults, placedAt };
    let answer: Answer;
    try {
      answer = dispatch(call, operation);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      trail.addStep(error.step);
      answer = { outcome: { kind: "errno", code: error.code } };
    }
    return resultOf(answer, faults, trail);
  }

  /** A model in the same state; running operations on either does not change the other. */
  clone(): Model {
    const copy = new Model();
    copy.machine = this.machine.clone();
    return copy;
  }

  /**
   * A model in the same state under the rules of another release: what is mapped and cached stays as it is, and from now on
   * calls and faults do what they do there. See {@link ModelOptions.release} for what a release may be.
   * @throws Error where the text names no release
   */
  under(release: string): Model {
    const copy = new Model();
    copy.machine = this.machine.clone(underRelease(this.machine.settings, release));
    return copy;
  }

  /**
   * Tells the model of mappings that are not the lab's: they take up address space, and nothing else is known of them.
   * They are never merged and never listed. Mappings told of earlier that are not among these are forgotten.
   */
  importForeign(mappings: readonly ForeignMapping[], process: ProcessId = FIRST_PROCESS): void {
    importForeign(this.spaceOf(process), mappings);
  }

  /** Whether any process maps the file behind a name. @throws Error where no such file is open */
  isMapped(file: FileId): boolean {
    return this.openFile(file).inode.mappings.size > 0;
  }

  /** The bytes of one page of a file, whether cached or on disk; zeros for a hole. @throws Error where no such file is open */
  filePage(file: FileId, page: number): Uint8Array {
    return filePage(this.machine, this.openFile(file), page);
  }

  /**
   * Tells the model of bytes that somebody else wrote to a file, past the lab. Bytes behind the end of the file are left out.
   * @param offset in bytes
   * @throws Error where no such file is open
   */
  writeFromOutside(file: FileId, offset: number, bytes: Uint8Array): void {
    writeFromOutside(this.machine, this.openFile(file), offset, bytes);
  }

  /** Every file that is open or mapped, with the pages of it that are in the page cache. */
  fileCaches(): FileCache[] {
    return fileCaches(this.machine);
  }

  /** How many pages of a file fsync(2) would write back now. @returns null where no such file is open */
  dirtyPagesOf(file: FileId): number | null {
    return dirtyPagesOf(this.machine, file);
  }

  /** The VMAs of a process in address order, with every field. */
  vmas(process: ProcessId = FIRST_PROCESS): VmaDetails[] {
    return vmasOf(this.machine, this.spaceOf(process));
  }

  /** One letter a page of a range (see `PageState`), and `d` for each dirty page. */
  pages(at: bigint, length: bigint, process: ProcessId = FIRST_PROCESS): PageRange {
    const [start, end] = rangeOf(at, length);
    const mm = this.spaceOf(process);
    return { states: pageStates(this.machine, mm, start, end), dirty: dirtyBits(this.machine, mm, start, end) };
  }

  /**
   * Where a process maps pages of files that the kernel may have dropped from the page cache, or may not: what was dirty when
   * its file was evicted. One character a page of the range: `u` there, `.` elsewhere.
   */
  undetermined(at: bigint, length: bigint, process: ProcessId = FIRST_PROCESS): string {
    const [start, end] = rangeOf(at, length);
    return undeterminedPages(this.spaceOf(process), start, end);
  }

  /** The structure that orders the VMAs, for drawing. */
  index(process: ProcessId = FIRST_PROCESS): IndexSnapshot {
    return indexOf(this.spaceOf(process));
  }

  /** Searches the index for an address as a fault does, and tells which nodes it looked at. */
  find(address: bigint, process: ProcessId = FIRST_PROCESS): SearchResult {
    return searchIn(this.machine, this.spaceOf(process), address);
  }

  /** How many index nodes searches have looked at so far. */
  indexVisits(process: ProcessId = FIRST_PROCESS): number {
    return this.spaceOf(process).index.visits;
  }

  /**
   * What the index of a process did to itself in the last operation of that process: rotations, recolourings, splits, merges.
   * Empty unless the model was made with `recordIndexSteps`. A child's first steps are those of the fork.
   */
  indexSteps(process: ProcessId = FIRST_PROCESS): readonly IndexStep[] {
    return this.spaceOf(process).index.steps.list;
  }

  /** `struct vm_area_struct` of the VMA that contains an address, as the kernel of the profile has it; null where nothing is mapped. */
  vmaStruct(address: bigint, process: ProcessId = FIRST_PROCESS): VmaStruct | null {
    return vmaStruct(this.machine, this.spaceOf(process), address);
  }

  /**
   * Walks the page table for an address: the table and the entry at each level, and the bits of the last entry.
   * @throws Error where the address is not one a process can have
   */
  walk(address: bigint, process: ProcessId = FIRST_PROCESS): PageWalk {
    return walk(this.machine, this.spaceOf(process), address);
  }

  /** What an access would lead to and why: which VMA, which page-table entry, which branch of the fault path. Changes nothing. */
  explain(address: bigint, access: Access, process: ProcessId = FIRST_PROCESS): Reason {
    return this.clone().run({ op: "touch", at: address, access, process }).reason;
  }

  private openFile(file: FileId): OpenFile {
    const open = this.machine.files.get(file);
    if (open === undefined) throw new Error(`no file ${file} is open in the model: run an open operation for it first`);
    return open;
  }

  private spaceOf(process: ProcessId): AddressSpace {
    return runningProcess(this.machine.processes, process).mm;
  }
}

/** The result: reasons and the list of faults are put together when they are first read. */
function resultOf(answer: Answer, faults: FaultLog, trail: Trail): Result {
  const { outcome, seen } = answer;
  let list: Result["faults"] | undefined;
  let reason: Reason | undefined;
  return {
    outcome,
    counts: faults.counts,
    get faults() {
      return (list ??= faults.list());
    },
    ...(seen === undefined ? {} : { seen }),
    get reason() {
      return (reason ??= trail.steps);
    },
  };
}
