/** Flags and arguments in the words of the man pages, for error messages and displays. */
import {
  F_SEAL,
  FALLOC_FL,
  MADV,
  MAP,
  MCL,
  MFD,
  MLOCK,
  MREMAP,
  MS,
  O,
  POSIX_FADV,
  PROT,
  RLIMIT,
  RLIM_INFINITY,
  SWAP_FLAG,
  SYNC_FILE_RANGE,
} from "../abi/index.js";
import type { CallArgument } from "./errno.js";

/** An argument with its name on the man page. */
export function argument(name: string, text: string): CallArgument {
  return { name, text };
}

/** `0x7f12…` as C prints a pointer. */
export function addressText(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** A descriptor, e.g. `fd 21`; -1 stays -1, as it is written for anonymous memory. */
export function descriptorText(fd: number): string {
  return fd === -1 ? "-1" : `fd ${fd}`;
}

/** Names of the bits that are set, then what is left over in hexadecimal; `zero` where nothing is set. */
function bitsText(prefix: string, names: Readonly<Record<string, number>>, value: number, zero: string): string {
  const parts: string[] = [];
  let rest = value >>> 0;
  for (const [name, bit] of Object.entries(names)) {
    if (bit !== 0 && (rest & bit) >>> 0 === bit) {
      parts.push(prefix + name);
      rest = (rest & ~bit) >>> 0;
    }
  }
  if (rest !== 0) parts.push(`0x${rest.toString(16)}`);
  return parts.length === 0 ? zero : parts.join("|");
}

/** The one name of a value, or the number itself. */
function valueText(prefix: string, names: Readonly<Record<string, number>>, value: number): string {
  const found = Object.entries(names).find(([, number]) => number === value);
  return found === undefined ? String(value) : prefix + found[0];
}

/** `prot` of mmap(2) and mprotect(2). */
export function protText(prot: number): string {
  return bitsText("PROT_", PROT, prot, "PROT_NONE");
}

/** The log2 of the huge page size above bit 26 is a number, not bits; other names are types, masks or old names. */
const NO_BIT_OF_MAP: readonly string[] = ["FAILED", "TYPE", "SHARED", "PRIVATE", "SHARED_VALIDATE", "DROPPABLE", "ANON", "UNINITIALIZED"];

const MAP_BITS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(MAP)
    .filter(([name]) => !NO_BIT_OF_MAP.includes(name) && !name.startsWith("HUGE_"))
    .map(([name, bit]) => [name, Number(bit)]),
);

const HUGE_SIZES: Readonly<Record<number, string>> = { 21: "HUGE_2MB", 30: "HUGE_1GB" };

/** The name of the huge page size that flags of mmap(2) or memfd_create(2) choose, where it has one. */
function hugeSize(flags: number): string | undefined {
  return HUGE_SIZES[(flags >>> MAP.HUGE_SHIFT) & MAP.HUGE_MASK];
}

const HUGE_BITS = MAP.HUGE_MASK << MAP.HUGE_SHIFT;

const MAP_TYPES: Readonly<Record<string, number>> = {
  SHARED: MAP.SHARED,
  PRIVATE: MAP.PRIVATE,
  SHARED_VALIDATE: MAP.SHARED_VALIDATE,
  DROPPABLE: MAP.DROPPABLE,
};

/** `flags` of mmap(2): the type in the low four bits first, then the rest. */
export function mapFlagsText(flags: number): string {
  const type = flags & MAP.TYPE;
  const huge = hugeSize(flags);
  const rest = (flags & ~MAP.TYPE & (huge === undefined ? -1 : ~HUGE_BITS)) >>> 0;
  const parts: string[] = [];
  if (type !== 0) parts.push(Object.values(MAP_TYPES).includes(type) ? valueText("MAP_", MAP_TYPES, type) : `0x${type.toString(16)}`);
  if (rest !== 0) parts.push(bitsText("MAP_", MAP_BITS, rest, "0"));
  if (huge !== undefined) parts.push(`MAP_${huge}`);
  return parts.length === 0 ? "0" : parts.join("|");
}

/** `flags` of msync(2). */
export function msyncFlagsText(flags: number): string {
  return bitsText("MS_", MS, flags, "0");
}

/** `flags` of mremap(2). */
export function mremapFlagsText(flags: number): string {
  return bitsText("MREMAP_", MREMAP, flags, "0");
}

/** `advice` of madvise(2). */
export function adviceText(advice: number): string {
  return valueText("MADV_", MADV, advice);
}

/** `advice` of posix_fadvise(2). */
export function fadviceText(advice: number): string {
  return valueText("POSIX_FADV_", POSIX_FADV, advice);
}

/** `flags` of mlockall(2). */
export function mlockallFlagsText(flags: number): string {
  return bitsText("MCL_", MCL, flags, "0");
}

/** `flags` of mlock2(2). */
export function mlock2FlagsText(flags: number): string {
  return bitsText("MLOCK_", MLOCK, flags, "0");
}

const MFD_BITS = Object.fromEntries(Object.entries(MFD).filter(([name]) => !name.startsWith("HUGE_")));

/** `flags` of memfd_create(2). */
export function memfdFlagsText(flags: number): string {
  const huge = hugeSize(flags);
  if (huge === undefined) return bitsText("MFD_", MFD_BITS, flags, "0");
  const rest = bitsText("MFD_", MFD_BITS, flags & ~HUGE_BITS, "");
  return rest === "" ? `MFD_${huge}` : `${rest}|MFD_${huge}`;
}

/** Seals of fcntl(2). */
export function sealsText(seals: number): string {
  return bitsText("F_SEAL_", F_SEAL, seals, "0");
}

/** `mode` of fallocate(2). */
export function fallocateModeText(mode: number): string {
  return bitsText("FALLOC_FL_", FALLOC_FL, mode, "0");
}

/** `flags` of sync_file_range(2). */
export function syncFileRangeFlagsText(flags: number): string {
  const { WAIT_BEFORE, WRITE, WAIT_AFTER } = SYNC_FILE_RANGE;
  return bitsText("SYNC_FILE_RANGE_", { WAIT_BEFORE, WRITE, WAIT_AFTER }, flags, "0");
}

/** `resource` of getrlimit(2). */
export function resourceText(resource: number): string {
  return valueText("RLIMIT_", RLIMIT, resource);
}

/** A limit of getrlimit(2). */
export function limitText(limit: bigint): string {
  return limit === RLIM_INFINITY ? "RLIM_INFINITY" : String(limit);
}

/** `flags` of swapon(2). */
export function swapFlagsText(flags: number): string {
  const { PREFER, DISCARD, DISCARD_ONCE, DISCARD_PAGES } = SWAP_FLAG;
  return bitsText("SWAP_FLAG_", { PREFER, DISCARD, DISCARD_ONCE, DISCARD_PAGES }, flags, "0");
}

/** `flags` of open(2). */
export function openFlagsText(flags: number): string {
  const access = { RDONLY: O.RDONLY, WRONLY: O.WRONLY, RDWR: O.RDWR };
  // Wider flags first: O_TMPFILE contains O_DIRECTORY's bit.
  const bits = Object.fromEntries(
    Object.entries(O)
      .filter(([name]) => name !== "ACCMODE" && !(name in access))
      .sort((a, b) => b[1] - a[1]),
  );
  const rest = (flags & ~O.ACCMODE) >>> 0;
  const mode = valueText("O_", access, flags & O.ACCMODE);
  return rest === 0 ? mode : `${mode}|${bitsText("O_", bits, rest, "0")}`;
}
