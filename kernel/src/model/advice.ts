/** What each advice of madvise(2) does to the part of one VMA that lies in the range. */
import { F_SEAL, MADV } from "../abi/index.js";
import { PAGES_PER_TABLE, alignPageUp, hexRange } from "./address.js";
import { prepareAnonVma } from "./anon-vma.js";
import type { Call } from "./call.js";
import { modifyRange } from "./merge.js";
import { dropClean, punchHole, readFromDisk } from "./page-cache.js";
import { PTE_ANON, PTE_DIRTY, PTE_FILE, PTE_GUARD, PTE_KIND, PTE_NONE, PTE_SWAP } from "./page-table.js";
import { refuse } from "./reason.js";
import { VM, type Vma } from "./vma.js";

/** Applies an advice to [start, end) of a VMA. Returns the VMA that covers the range afterwards. */
export type AdviceRule = (call: Call, vma: Vma, start: number, end: number) => Vma;

/** An advice that only changes flags. */
interface FlagAdvice {
  readonly set: number;
  readonly clear: number;
}

const FLAG_ADVICE = new Map<number, FlagAdvice>([
  [MADV.NORMAL, { set: 0, clear: VM.RAND_READ | VM.SEQ_READ }],
  [MADV.RANDOM, { set: VM.RAND_READ, clear: VM.SEQ_READ }],
  [MADV.SEQUENTIAL, { set: VM.SEQ_READ, clear: VM.RAND_READ }],
  [MADV.DONTFORK, { set: VM.DONTCOPY, clear: 0 }],
  [MADV.DOFORK, { set: 0, clear: VM.DONTCOPY }],
  [MADV.WIPEONFORK, { set: VM.WIPEONFORK, clear: 0 }],
  [MADV.KEEPONFORK, { set: 0, clear: VM.WIPEONFORK }],
  [MADV.DONTDUMP, { set: VM.DONTDUMP, clear: 0 }],
  [MADV.DODUMP, { set: 0, clear: VM.DONTDUMP }],
  [MADV.HUGEPAGE, { set: VM.HUGEPAGE, clear: VM.NOHUGEPAGE }],
  [MADV.NOHUGEPAGE, { set: VM.NOHUGEPAGE, clear: VM.HUGEPAGE }],
]);

/** What this kernel does for an advice; undefined where it does not know it. */
export function adviceFor(call: Call, advice: number): AdviceRule | undefined {
  const { profile, settings } = call.machine;
  const flags = FLAG_ADVICE.get(advice);
  if (flags !== undefined) return (inner, vma, start, end) => changeFlags(inner, vma, start, end, advice, flags);
  switch (advice) {
    case MADV.WILLNEED:
      return willNeed;
    case MADV.DONTNEED:
      return dontNeed;
    case MADV.DONTNEED_LOCKED:
      return profile.dontneedLocked ? dontNeedLocked : undefined;
    case MADV.FREE:
      return free;
    case MADV.COLD:
      return cold;
    case MADV.PAGEOUT:
      return pageOut;
    case MADV.REMOVE:
      return remove;
    case MADV.GUARD_INSTALL:
      return profile.guards ? installGuards : undefined;
    case MADV.GUARD_REMOVE:
      return profile.guards ? removeGuards : undefined;
    case MADV.COLLAPSE:
      return profile.collapse ? collapse : undefined;
    case MADV.MERGEABLE:
      return settings.ksm ? mergeable : undefined;
    case MADV.UNMERGEABLE:
      return settings.ksm
        ? (inner, vma, start, end) => changeFlags(inner, vma, start, end, advice, { set: 0, clear: VM.MERGEABLE })
        : undefined;
    default:
      return undefined;
  }
}

function changeFlags(call: Call, vma: Vma, start: number, end: number, advice: number, change: FlagAdvice): Vma {
  const { mm, machine, trail } = call;
  const isShared = vma.file !== null || !vma.isPrivate;
  if (advice === MADV.WIPEONFORK && isShared)
    refuse("EINVAL", "madvise/wipe-shared", "Only private anonymous memory can be wiped at fork.");
  if (advice === MADV.KEEPONFORK && vma.has(VM.DROPPABLE))
    refuse("EINVAL", "madvise/keep-droppable", "Droppable memory is always wiped at fork.");
  if (advice === MADV.DODUMP && vma.has(VM.DROPPABLE)) refuse("EINVAL", "madvise/dump-droppable", "Droppable memory is never dumped.");
  const flags = (vma.flags & ~change.clear) | change.set;
  if (flags === vma.flags) {
    trail.add("madvise/same", `${hexRange(start, end)} is so already: nothing is done, and no merge is tried.`);
    return vma;
  }
  const code = machine.profile.madviseSplitIsEagain ? "EAGAIN" : "ENOMEM";
  const changed = modifyRange(mm, machine.profile, vma, { start, end, flags }, { maxMapCount: machine.settings.maxMapCount, code }, trail);
  trail.add("madvise/flags", `The flags of ${hexRange(start, end)} change.`);
  return changed;
}

/** MADV_MERGEABLE: KSM looks at private memory only (`vma_ksm_compatible` of mm/ksm.c); for other memory it is accepted and nothing changes. */
function mergeable(call: Call, vma: Vma, start: number, end: number): Vma {
  if (!vma.isPrivate || vma.has(VM.DROPPABLE)) {
    call.trail.add("madvise/not-mergeable", "KSM does not merge pages of shared or droppable memory: nothing is done.");
    return vma;
  }
  return changeFlags(call, vma, start, end, MADV.MERGEABLE, { set: VM.MERGEABLE, clear: 0 });
}

function refuseLocked(vma: Vma, what: string): void {
  if (vma.has(VM.LOCKED))
    refuse("EINVAL", "madvise/locked", `${hexRange(vma.start, vma.end)} is locked, and ${what} would drop its pages.`);
}

/** MADV_WILLNEED: reads a file ahead; without swap nothing for anonymous memory. Maps nothing. */
function willNeed(call: Call, vma: Vma, start: number, end: number): Vma {
  if (vma.file === null || vma.file.inode.isShmem) {
    call.trail.add("madvise/willneed-nothing", "Nothing to read ahead: the memory has no file on a disk.");
    return vma;
  }
  const read = readFromDisk(call.machine, vma.file.inode, vma.objectPage(start), vma.objectPage(end));
  call.trail.add("madvise/willneed", `${String(read)} pages are read into the page cache; none is mapped.`);
  return vma;
}

/** MADV_DONTNEED: the entries go; anonymous contents are lost, file contents stay in the file. */
function dontNeed(call: Call, vma: Vma, start: number, end: number): Vma {
  refuseLocked(vma, "MADV_DONTNEED");
  return dontNeedLocked(call, vma, start, end);
}

function dontNeedLocked(call: Call, vma: Vma, start: number, end: number): Vma {
  call.mm.zap(start, end, "guards");
  call.trail.add("madvise/dontneed", `The pages of ${hexRange(start, end)} are dropped. The VMA stays as it is, its anon_vma too.`);
  return vma;
}

/** MADV_FREE: the pages may be dropped under pressure until they are written again. The model never is under pressure. */
function free(call: Call, vma: Vma, start: number, end: number): Vma {
  if (!vma.isAnonymous) refuse("EINVAL", "madvise/free-file", "MADV_FREE works on private anonymous memory only.");
  refuseLocked(vma, "MADV_FREE");
  call.mm.splitHugePages(start, end);
  call.mm.pageTable.visit(start, end, (_page, leaf, slot) => {
    const state = leaf.state[slot] ?? PTE_NONE;
    if ((state & PTE_KIND) === PTE_ANON) leaf.state[slot] = state & ~PTE_DIRTY;
  });
  call.trail.add("madvise/free", "The pages stay until memory is short, and for good once they are written again.");
  return vma;
}

/** MADV_COLD: nothing that can be seen. */
function cold(call: Call, vma: Vma): Vma {
  refuseLocked(vma, "MADV_COLD");
  call.trail.add("madvise/cold", "The pages are the first to go when memory is short; nothing changes now.");
  return vma;
}

/** MADV_PAGEOUT: anonymous pages go to swap, where there is room; clean file pages mapped only here leave the page cache. */
function pageOut(call: Call, vma: Vma, start: number, end: number): Vma {
  refuseLocked(vma, "MADV_PAGEOUT");
  const { machine, mm } = call;
  const { frames, settings } = machine;
  let out = 0;
  mm.pageTable.visit(start, end, (_page, leaf, slot) => {
    const state = leaf.state[slot] ?? PTE_NONE;
    const frame = leaf.frame[slot] ?? 0;
    const kind = state & PTE_KIND;
    const alone = frames.mapCount[frame] === 1;
    if (kind === PTE_ANON && alone && (state & PTE_DIRTY) !== 0 && machine.swapUsed < settings.swapPages) {
      leaf.state[slot] = PTE_SWAP;
      frames.mapCount[frame] = 0;
      machine.swapUsed++;
      out++;
    } else if (kind === PTE_ANON && alone && (state & PTE_DIRTY) === 0) {
      leaf.state[slot] = PTE_NONE;
      frames.unmap(frame);
      out++;
    } else if (kind === PTE_FILE && alone && vma.file?.inode.isShmem === false && frames.dirty[frame] === 0) {
      leaf.state[slot] = PTE_NONE;
      frames.unmap(frame);
      out++;
    }
  });
  if (vma.file !== null) dropClean(machine, vma.file.inode, vma.objectPage(start), vma.objectPage(end));
  call.trail.add("madvise/pageout", `${String(out)} pages leave memory. What the kernel manages to reclaim may differ.`);
  return vma;
}

/**
 * MADV_COLLAPSE: makes huge pages at once, whatever the setting for transparent huge pages. Only what would be refused is
 * modelled: whether the kernel finds a huge page, and whether it can take the pages it needs, nobody knows.
 */
function collapse(_call: Call, vma: Vma, start: number, end: number): Vma {
  const first = alignPageUp(vma.start, PAGES_PER_TABLE);
  if (vma.has(VM.NOHUGEPAGE) || first + PAGES_PER_TABLE > vma.end || alignPageUp(start, PAGES_PER_TABLE) + PAGES_PER_TABLE > end)
    refuse("EINVAL", "madvise/collapse-too-small", "A huge page needs an aligned block of 2 MiB inside the VMA and the range.");
  return vma;
}

/** MADV_REMOVE: punches a hole into the object. */
function remove(call: Call, vma: Vma, start: number, end: number): Vma {
  refuseLocked(vma, "MADV_REMOVE");
  if (vma.file === null) refuse("EINVAL", "madvise/remove-no-file", "Private anonymous memory has no object to make a hole in.");
  if (!vma.has(VM.SHARED) || !vma.has(VM.MAYWRITE))
    refuse("EACCES", "madvise/remove-not-shared", "A hole needs a shared mapping that may be written.");
  if ((vma.file.inode.seals & (F_SEAL.WRITE | F_SEAL.FUTURE_WRITE)) !== 0)
    refuse("EPERM", "madvise/remove-sealed", "The memfd is sealed against writing, and a hole is a change.");
  punchHole(call.machine, vma.file.inode, vma.objectPage(start) * 4096, vma.objectPage(end) * 4096);
  call.trail.add("madvise/remove", "The object has a hole there now; every mapping of it sees zeros.");
  return vma;
}

/** MADV_GUARD_INSTALL: markers that end every access with SIGSEGV, in place of the pages. */
function installGuards(call: Call, vma: Vma, start: number, end: number): Vma {
  const { machine, mm } = call;
  const { profile } = machine;
  refuseLocked(vma, "MADV_GUARD_INSTALL");
  const early = !profile.guardsInFiles && (vma.file !== null || (vma.flags & (VM.WRITE | VM.MAYWRITE)) !== (VM.WRITE | VM.MAYWRITE));
  if (early) refuse("EINVAL", "madvise/guard-kind", "This kernel has guards in private writable anonymous memory only.");
  if (profile.stickyGuardFlag) vma.flags |= VM.MAYBE_GUARD;
  // An anon_vma makes fork copy the markers; where the VMA has a flag for that, file mappings need none.
  if (vma.isAnonymous || !profile.stickyGuardFlag) prepareAnonVma(machine, mm, vma);
  mm.zap(start, end, "guards");
  for (let page = start; page < end; page++) mm.pageTable.set(page, PTE_GUARD, 0);
  call.trail.add("madvise/guards", `Every access to ${hexRange(start, end)} ends with SIGSEGV now. The VMA does not change in maps.`);
  return vma;
}

/** MADV_GUARD_REMOVE: clears markers and nothing else. */
function removeGuards(call: Call, vma: Vma, start: number, end: number): Vma {
  call.mm.pageTable.visit(start, end, (_page, leaf, slot) => {
    if (((leaf.state[slot] ?? PTE_NONE) & PTE_KIND) === PTE_GUARD) leaf.state[slot] = PTE_NONE;
  });
  call.trail.add("madvise/guards-removed", `${hexRange(start, end)} has no guards any more; its pages are empty.`);
  return vma;
}
