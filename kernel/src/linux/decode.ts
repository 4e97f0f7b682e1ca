/** Flags and arguments in the words of the man pages, for error messages and displays. */
import { F_SEAL, FALLOC_FL, MADV, MAP, MCL, MFD, MLOCK, MREMAP, MS, O, POSIX_FADV, PROT } from "../abi/index.js";
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

const NOT_A_FLAG_OF_ITS_OWN: readonly string[] = ["FAILED", "TYPE", "SHARED", "PRIVATE", "SHARED_VALIDATE", "DROPPABLE", "HUGE_SHIFT"];

const MAP_BITS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(MAP)
    .filter(([name]) => !NOT_A_FLAG_OF_ITS_OWN.includes(name))
    .map(([name, bit]) => [name, Number(bit)]),
);

const MAP_TYPES: Readonly<Record<string, number>> = {
  SHARED: MAP.SHARED,
  PRIVATE: MAP.PRIVATE,
  SHARED_VALIDATE: MAP.SHARED_VALIDATE,
  DROPPABLE: MAP.DROPPABLE,
};

/** `flags` of mmap(2): the type in the low four bits first, then the rest. */
export function mapFlagsText(flags: number): string {
  const type = flags & MAP.TYPE;
  const rest = (flags & ~MAP.TYPE) >>> 0;
  const parts: string[] = [];
  if (type !== 0) parts.push(Object.values(MAP_TYPES).includes(type) ? valueText("MAP_", MAP_TYPES, type) : `0x${type.toString(16)}`);
  if (rest !== 0) parts.push(bitsText("MAP_", MAP_BITS, rest, "0"));
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

/** `flags` of memfd_create(2). */
export function memfdFlagsText(flags: number): string {
  return bitsText("MFD_", MFD, flags, "0");
}

/** Seals of fcntl(2). */
export function sealsText(seals: number): string {
  return bitsText("F_SEAL_", F_SEAL, seals, "0");
}

/** `mode` of fallocate(2). */
export function fallocateModeText(mode: number): string {
  return bitsText("FALLOC_FL_", FALLOC_FL, mode, "0");
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
