/** Calls that keep pages in memory: mlock(2), mlock2(2), munlock(2), mlockall(2), munlockall(2). */
import { MCL, RLIMIT, RLIM_INFINITY } from "../../abi/index.js";
import { CAP, argument, getrlimit, hasCapability, mlock2FlagsText, mlockallFlagsText } from "../../linux/index.js";
import { int32 } from "../../linux/arguments.js";
import { rangeArguments, type AddressLike } from "../lab.js";
import type { Mapping } from "../mapping.js";
import { theLab } from "../the-lab.js";
import { flagNumber, lengthOf, target } from "./arguments.js";

/**
 * Locks a range into memory and faults its pages in: mlock(2).
 * @param addr a mapping, or any address; it is rounded down to a page
 * @param length in bytes; the mapping's own length unless told
 * @throws Errno where the kernel refuses
 */
export function mlock(addr: AddressLike, length?: number | bigint): void {
  lockCall("mlock", addr, length);
}

/**
 * Unlocks a range: munlock(2). Its pages stay where they are.
 * @param addr a mapping, or any address; it is rounded down to a page
 * @param length in bytes; the mapping's own length unless told
 * @throws Errno where the kernel refuses
 */
export function munlock(addr: AddressLike, length?: number | bigint): void {
  lockCall("munlock", addr, length);
}

function lockCall(op: "mlock" | "munlock", addr: AddressLike, length: number | bigint | undefined): void {
  const lab = theLab();
  const range = target(lab, addr);
  const bytes = lengthOf(op, length, range);
  lab.call(range.world, { op, at: range.at, length: bytes }, () => rangeArguments(range.at, bytes));
}

/**
 * Locks a range into memory: mlock2(2). With MLOCK.ONFAULT its pages are locked as they are touched.
 * @param addr a mapping, or any address followed by a length in bytes
 * @param flags bits of {@link MLOCK}
 * @throws Errno where the kernel refuses
 */
export function mlock2(addr: Mapping, flags: number): void;
export function mlock2(addr: AddressLike, length: number | bigint, flags: number): void;
export function mlock2(addr: AddressLike, second: number | bigint, third?: number): void {
  const lab = theLab();
  const range = target(lab, addr);
  const bytes = lengthOf("mlock2", third === undefined ? undefined : second, range);
  const flags = int32("flags", third ?? flagNumber("flags", second));
  lab.call(range.world, { op: "mlock2", at: range.at, length: bytes, flags }, () => [
    ...rangeArguments(range.at, bytes),
    argument("flags", mlock2FlagsText(flags)),
  ]);
}

/**
 * Locks everything the process has mapped, or will map, into memory: mlockall(2). That is Node's own memory too, which the
 * model does not count.
 * @param flags bits of {@link MCL}; FUTURE only where no limit can make Node's own next mapping fail
 * @throws Errno where the kernel refuses; Error for FUTURE under a limit, outside `predict`
 */
export function mlockall(flags: number): void {
  const lab = theLab();
  const bits = int32("flags", flags);
  const limited = (): boolean => !hasCapability(CAP.IPC_LOCK) && getrlimit(RLIMIT.MEMLOCK).soft !== RLIM_INFINITY;
  if (lab.world.kind === "live" && (bits & MCL.FUTURE) !== 0 && limited()) {
    throw new Error(
      `mlockall(${mlockallFlagsText(bits)}): under RLIMIT_MEMLOCK the next memory that Node itself maps would be refused, which would end this process. ` +
        "Lock your own mappings with mlock, or see it in the model with predict(() => mlockall(...)).",
    );
  }
  lab.call(lab.world, { op: "mlockall", flags: bits }, () => [argument("flags", mlockallFlagsText(bits))]);
}

/** Unlocks everything and undoes MCL.FUTURE: munlockall(2). */
export function munlockall(): void {
  const lab = theLab();
  lab.call(lab.world, { op: "munlockall" }, () => []);
}
