/** Random mmap, munmap, mprotect, mremap and madvise. */
import { MADV } from "../../abi/index.js";
import type { Draw } from "./draw.js";
import type { StepFamily } from "./families.js";
import type { Step } from "./sequence.js";

/** Advices that change flags of VMAs. */
const FLAG_ADVICES = [
  "NORMAL",
  "RANDOM",
  "SEQUENTIAL",
  "DONTFORK",
  "DOFORK",
  "WIPEONFORK",
  "KEEPONFORK",
  "DONTDUMP",
  "DODUMP",
  "HUGEPAGE",
  "NOHUGEPAGE",
] as const;

/** Advices about pages. */
const PAGE_ADVICES = [
  "DONTNEED",
  "DONTNEED",
  "DONTNEED",
  "FREE",
  "WILLNEED",
  "COLD",
  "REMOVE",
  "DONTNEED_LOCKED",
  "POPULATE_READ",
  "POPULATE_READ",
  "POPULATE_WRITE",
  "POPULATE_WRITE",
  "GUARD_INSTALL",
  "GUARD_INSTALL",
  "GUARD_REMOVE",
  "MERGEABLE",
  "UNMERGEABLE",
  "COLLAPSE",
] as const;

/** Numbers that are no advice. */
const UNKNOWN_ADVICES = [5, 6, 7, 26, 99, 104, 12345, -1] as const;

/** Flags that go with any kind of mapping. */
const EXTRA_FLAGS = ["POPULATE", "POPULATE", "POPULATE", "LOCKED", "NORESERVE", "STACK", "NONBLOCK", "DENYWRITE", "EXECUTABLE"] as const;

function placeFlags(draw: Draw): string[] {
  const { random } = draw;
  if (random.chance(88)) return ["FIXED"];
  return random.chance(50) ? ["FIXED_NOREPLACE"] : [];
}

function extraFlags(draw: Draw): string[] {
  const { random } = draw;
  const extra = random.chance(22) ? [random.pick(EXTRA_FLAGS)] : [];
  return extra.length > 0 && random.chance(20) ? [...extra, random.pick(EXTRA_FLAGS)] : extra;
}

/** A mapping like the one before it is made often, so that neighbours can merge. */
function anonymous(draw: Draw): Step {
  const { random } = draw;
  const type = random.chance(72) ? ["PRIVATE"] : ["SHARED"];
  if (type[0] === "PRIVATE" && random.chance(6)) type.push("GROWSDOWN");
  return {
    op: "mmap",
    ...draw.pages(),
    prot: random.chance(50) ? "rw" : draw.prot(),
    flags: [...type, "ANONYMOUS", ...placeFlags(draw), ...extraFlags(draw)],
  };
}

function fileMapping(draw: Draw): Step {
  const { random } = draw;
  const { at, len } = draw.pages();
  const obj = draw.file() ?? null;
  // Often the page of the file that makes neighbours contiguous.
  const pgoff = random.chance(60) ? at : random.below(24);
  const type = random.chance(55) ? "SHARED" : random.chance(90) ? "PRIVATE" : "SHARED_VALIDATE";
  return { op: "mmap", at, len, prot: draw.prot(), flags: [type, ...placeFlags(draw), ...extraFlags(draw)], obj, pgoff };
}

/** A place of the kernel's choice, near a hint or anywhere. */
function placedMapping(draw: Draw): Step {
  const { random } = draw;
  const obj = random.chance(30) ? draw.file() : undefined;
  const at = random.pick([{ addr: "0x0" }, draw.page(), draw.page(), { page: draw.page(), byte: 100 }, { addr: "0x1000" }, draw.byte()]);
  const flags: string[] = [random.pick(["PRIVATE", "SHARED"]), ...(obj === undefined ? ["ANONYMOUS"] : []), ...extraFlags(draw)];
  if (random.chance(10)) flags.push("32BIT");
  if (obj === undefined && flags[0] === "PRIVATE" && random.chance(10)) flags.push("GROWSDOWN");
  return {
    op: "mmap",
    at,
    len: random.pick([1, 2, 5, 16, 40, 512, 600, 1024]),
    prot: draw.prot(),
    flags,
    ...(obj === undefined ? {} : { obj, pgoff: random.pick([0, 0, 3, 512]) }),
  };
}

/** Arguments that the kernel refuses, or takes in ways not written on the first page of the manual. */
function oddMapping(draw: Draw): Step {
  const { random } = draw;
  const { at, len } = draw.range("huge lengths too");
  const obj = random.chance(40) ? draw.file() : undefined;
  const flags: (string | number)[] = [random.pick(["PRIVATE", "SHARED", "SHARED_VALIDATE", "DROPPABLE", 0, 4, 9, 15])];
  if (obj === undefined || random.chance(20)) flags.push("ANONYMOUS");
  flags.push("FIXED");
  if (random.chance(40)) flags.push(random.pick(["GROWSDOWN", "LOCKED", "SYNC", 0x20_0000, "POPULATE", "NORESERVE"]));
  return {
    op: "mmap",
    at,
    len,
    prot: random.chance(70) ? draw.prot() : random.pick(["r|SEM", "rw|GROWSDOWN", 0x70, "none|GROWSUP"]),
    flags,
    ...(obj === undefined ? {} : { obj }),
    pgoff: random.pick([0, 0, 1, { bytes: 1 }, { bytes: 4095 }, { bytes: "0xfffffffffffff000" }, { bytes: "0x7ffffffffffff000" }]),
  };
}

function mprotect(draw: Draw): Step {
  const { random } = draw;
  // Lengths that do not wrap would reach this process's own memory: mprotect stops only at a hole.
  const range = draw.range("no huge lengths");
  const prot = random.chance(94)
    ? draw.prot()
    : random.pick(["r|GROWSDOWN", "rw|GROWSDOWN", "r|GROWSUP", "rw|SEM", "r|GROWSDOWN|GROWSUP", 0x10, 0x80]);
  return { op: "mprotect", ...range, prot };
}

function mremap(draw: Draw): Step {
  const { random } = draw;
  const { at, len } = draw.pages();
  const shape = random.below(11);
  const to = draw.pages().at;
  if (shape < 3) return { op: "mremap", at, old: len, new: Math.min(len, draw.arenaPages - to), flags: ["MAYMOVE", "FIXED"], to };
  if (shape < 4)
    return { op: "mremap", at, old: len, new: Math.min(random.between(1, 24), draw.arenaPages - to), flags: ["MAYMOVE", "FIXED"], to };
  if (shape < 5)
    return {
      op: "mremap",
      at,
      old: Math.min(len, draw.arenaPages - to),
      new: Math.min(len, draw.arenaPages - to),
      flags: ["MAYMOVE", "FIXED", "DONTUNMAP"],
      to,
    };
  if (shape < 7) return { op: "mremap", at, old: len, new: random.between(1, 24), flags: [] };
  if (shape < 8) return { op: "mremap", at, old: len, new: random.between(1, 24), flags: ["MAYMOVE"] };
  if (shape < 9) return { op: "mremap", at, old: 0, new: Math.min(len, draw.arenaPages - to), flags: ["MAYMOVE", "FIXED"], to };
  if (shape < 10) return oddMremap(draw, at, len, to);
  return random.pick([
    { op: "mremap", at, old: len, new: len, flags: ["MAYMOVE", "DONTUNMAP"], ...(random.chance(50) ? { to } : {}) },
    { op: "mremap", at, old: 0, new: len, flags: random.chance(60) ? ["MAYMOVE"] : [] },
    { op: "mremap", at, old: len, new: random.between(500, 1100), flags: ["MAYMOVE"] },
  ]);
}

function oddMremap(draw: Draw, at: number, len: number, to: number): Step {
  const { random } = draw;
  const room = draw.arenaPages - to;
  switch (random.below(7)) {
    case 0:
      return { op: "mremap", at: { page: at, byte: 8 }, old: len, new: len, flags: ["MAYMOVE"] };
    case 1:
      return { op: "mremap", at, old: len, new: 0, flags: ["MAYMOVE"] };
    case 2:
      return {
        op: "mremap",
        at,
        old: len,
        new: { bytes: random.pick(["0xffffffffffffffff", "0x8000000000000000", "0x800000000000"]) },
        flags: ["MAYMOVE"],
      };
    case 3:
      return { op: "mremap", at, old: len, new: Math.min(len, room), flags: [random.pick(["FIXED", "DONTUNMAP", 8, 0x10])], to };
    case 4:
      return { op: "mremap", at, old: len, new: Math.min(len, room), flags: ["MAYMOVE", "FIXED"], to: { page: to, byte: 16 } };
    case 5:
      return { op: "mremap", at, old: len, new: len, flags: ["MAYMOVE", "FIXED"], to: { addr: "0x7ffffffff000" } };
    default:
      return { op: "mremap", at, old: { bytes: random.pick(["0xfffffffffffff000", "0x8000000000000000"]) }, new: 1, flags: [] };
  }
}

function madvise(draw: Draw): Step {
  const { random } = draw;
  // As with mprotect: holes do not stop it.
  const range = draw.range("no huge lengths");
  const advice = random.chance(2)
    ? random.pick(UNKNOWN_ADVICES)
    : random.chance(40)
      ? random.pick(FLAG_ADVICES)
      : random.pick(PAGE_ADVICES);
  return { op: "madvise", ...range, advice };
}

/** Lengths that wrap around: refused before anything is looked at. */
function wrapping(draw: Draw): Step {
  const { random } = draw;
  const at = draw.page();
  const len = { bytes: random.pick(["0xffffffffffffffff", "0xfffffffffffff000"]) };
  switch (random.below(3)) {
    case 0:
      return { op: "mprotect", at, len, prot: "r" };
    case 1:
      return { op: "msync", at, len, flags: ["SYNC"] };
    default:
      return { op: "madvise", at, len, advice: random.pick([MADV.DONTNEED, MADV.NORMAL, MADV.POPULATE_READ]) };
  }
}

export const mappingFamilies: readonly StepFamily[] = [
  { name: "mmap of anonymous memory", weight: 13, runsIn: "this process", needsFile: false, step: anonymous },
  { name: "mmap of a file", weight: 10, runsIn: "this process", needsFile: true, step: fileMapping },
  { name: "mmap where the kernel likes", weight: 2, runsIn: "this process", needsFile: false, step: placedMapping },
  { name: "mmap with odd arguments", weight: 2, runsIn: "this process", needsFile: false, step: oddMapping },
  {
    name: "munmap",
    weight: 6,
    runsIn: "this process",
    needsFile: false,
    step: (draw) => ({ op: "munmap", ...draw.range("huge lengths too") }),
  },
  { name: "mprotect", weight: 11, runsIn: "this process", needsFile: false, step: mprotect },
  { name: "mremap", weight: 9, runsIn: "this process", needsFile: false, step: mremap },
  { name: "madvise", weight: 15, runsIn: "this process", needsFile: false, step: madvise },
  { name: "lengths that wrap around", weight: 1, runsIn: "this process", needsFile: false, step: wrapping },
];
