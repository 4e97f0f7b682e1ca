/** What the processes of a model share: page frames, files, the clock and the rules of the kernel release. */
import { AddressSpace } from "./address-space.js";
import type { Inode } from "./file.js";
import { OpenFile } from "./file.js";
import { newIndex } from "./index-choice.js";
import type { FileId, ProcessId } from "./operation.js";
import { PageFrames } from "./page-frames.js";
import { initialLimits, Process } from "./process.js";
import type { Profile } from "./profile.js";
import type { Settings } from "./settings.js";
import { Vma } from "./vma.js";

/** A machine with its processes. */
export class Machine {
  frames = new PageFrames();
  /** Descriptors by name. A process inherits them all at fork, and none is private to one. */
  readonly files = new Map<FileId, OpenFile>();
  readonly processes = new Map<ProcessId, Process>();
  /** Seconds since the model was made; moved by `advance` only. */
  clock = 0;
  swapUsed = 0;
  private nextAnonVma = 1;
  /** Which address space a VMA lies in. */
  private readonly owners = new WeakMap<Vma, AddressSpace>();

  constructor(readonly settings: Settings) {}

  get profile(): Profile {
    return this.settings.profile;
  }

  newAnonVma(): number {
    return this.nextAnonVma++;
  }

  newAddressSpace(): AddressSpace {
    const { index, recordIndexSteps } = this.settings;
    return new AddressSpace(newIndex(index, recordIndexSteps), this.frames, this.settings.heapStart, this.owners);
  }

  /** Makes the first process of a machine. */
  addProcess(id: ProcessId): Process {
    const process = new Process(id, null, this.newAddressSpace(), this.settings.privileged, initialLimits(this.settings));
    this.processes.set(id, process);
    return process;
  }

  /** The address space of a VMA that is linked somewhere. */
  ownerOf(vma: Vma): AddressSpace {
    const owner = this.owners.get(vma);
    if (owner === undefined)
      throw new Error("A VMA is in the mappings of a file but in no address space: a defect of the model, please report it.");
    return owner;
  }

  /**
   * A machine in the same state, which shares nothing that either can change.
   * @param settings other ones for the copy; where they name another index, its VMAs are put into one of that kind
   */
  clone(settings: Settings = this.settings): Machine {
    const copy = new Machine(settings);
    copy.frames = new PageFrames(this.frames);
    copy.clock = this.clock;
    copy.swapUsed = this.swapUsed;
    copy.nextAnonVma = this.nextAnonVma;
    const inodes = new Map<Inode, Inode>();
    const inodeOf = (inode: Inode): Inode => remembered(inodes, inode, () => inode.clone());
    const opened = new Map<OpenFile, OpenFile>();
    const fileOf = (file: OpenFile): OpenFile =>
      remembered(opened, file, () => new OpenFile(file.name, inodeOf(file.inode), file.access, { ...file.readahead }));
    for (const [id, file] of this.files) copy.files.set(id, fileOf(file));
    for (const [id, process] of this.processes) {
      const mm = copy.newAddressSpace();
      const from = process.mm;
      mm.pageTable = from.pageTable.clone();
      mm.defaultFlags = from.defaultFlags;
      mm.lockedExcess = from.lockedExcess;
      mm.heapEnd = from.heapEnd;
      const twinOf = (vma: Vma): Vma => {
        const { start, end, flags, pgoff, anonVma, chain, foreign } = vma;
        const file = vma.file === null ? null : fileOf(vma.file);
        const twin = new Vma({ start, end, flags, pgoff, anonVma, chain, foreign, file });
        copy.owners.set(twin, mm);
        file?.inode.mappings.add(twin);
        return twin;
      };
      if (settings.index === this.settings.index) mm.index = from.index.clone(twinOf);
      else for (const vma of from.vmas()) mm.index.insert(twinOf(vma));
      copy.processes.set(id, process.cloneWith(mm));
    }
    return copy;
  }
}

function remembered<T>(known: Map<T, T>, key: T, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}
