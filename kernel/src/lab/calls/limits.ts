/** Limits and counters of the process: getrlimit(2), setrlimit(2), getrusage(2). */
import { RLIM_INFINITY } from "../../abi/index.js";
import {
  Errno,
  argument,
  getrlimit as limitOf,
  getrusage as usageOf,
  limitText,
  readMaps,
  readStatus,
  resourceText,
  setrlimit as setLimit,
  type CallArgument,
  type ResourceLimit,
  type ResourceUsage,
} from "../../linux/index.js";
import { byteCount, int32 } from "../../linux/arguments.js";
import type { SetRlimit } from "../../model/index.js";
import { modelledLimit } from "../changed-limits.js";
import type { Lab } from "../lab.js";
import { theLab } from "../the-lab.js";
import { realLab } from "./real.js";

/** Room Node needs above what it has now: less, and its next allocation would fail and end the process. */
const ROOM_FOR_NODE = 512n * 1024n * 1024n;
/** The least stack of the first thread: V8 uses about 1 MiB of it and does not ask the kernel how much there is. */
const LEAST_STACK = 4n * 1024n * 1024n;

/**
 * A limit of this process: getrlimit(2).
 * @param resource a value of {@link RLIMIT}
 * @returns what is enforced now (`soft`) and how far it may be raised (`hard`); RLIM_INFINITY stands for no limit
 * @throws Errno EINVAL for another number
 */
export function getrlimit(resource: number): ResourceLimit {
  realLab("getrlimit").requireOwnProcess("getrlimit");
  return limitOf(resource);
}

/**
 * Sets the soft limit of this process: setrlimit(2). The hard limit stays, so that you can go back, and `lab.reset()` does.
 * The limit holds for Node too: one too small for Node itself is refused here, and can be seen inside `predict`.
 * @param resource RLIMIT.AS, DATA, STACK or MEMLOCK
 * @param soft in bytes, or RLIM_INFINITY
 * @throws Errno EINVAL where it exceeds the hard limit; RangeError where Node could not go on
 */
export function setrlimit(resource: number, soft: number | bigint): void {
  const lab = theLab();
  const which = modelledLimit(int32("resource", resource));
  if (which === undefined) {
    throw new RangeError(
      `setrlimit(${resourceText(resource)}): this limit would hold for the notebook's own process, and has no bearing on memory. The lab sets RLIMIT.AS, DATA, STACK and MEMLOCK.`,
    );
  }
  const value = byteCount("rlim_cur", soft);
  const { hard } = limitOf(resource);
  if (lab.world.kind === "prediction") {
    if (value > hard) throw new Errno("setrlimit", "EINVAL", args(resource, value), "The soft limit may not exceed the hard limit.");
    lab.call(
      lab.world,
      { op: "rlimit", which, value: modelLimit(lab, which, value), softOnly: true },
      () => args(resource, value),
      "setrlimit",
    );
    return;
  }
  lab.requireOwnProcess("setrlimit");
  refuseTooSmall(which, value);
  lab.limits.remember(resource);
  setLimit(resource, value, hard);
  lab.live.model.run({ op: "rlimit", which, value: modelLimit(lab, which, value), softOnly: true });
}

function args(resource: number, value: bigint): CallArgument[] {
  return [argument("resource", resourceText(resource)), argument("rlim_cur", limitText(value))];
}

function refuseTooSmall(which: SetRlimit["which"], value: bigint): void {
  const least = leastFor(which);
  if (value >= least) return;
  throw new RangeError(
    `setrlimit(RLIMIT_${which}, ${String(value)}): the limit holds for Node too, whose next allocation would fail and end this process. ` +
      `Give ${String(least)} bytes or more, or see it in the model with predict(() => { setrlimit(...); ... }).`,
  );
}

function leastFor(which: SetRlimit["which"]): bigint {
  switch (which) {
    case "AS":
      return inUse("VmSize") + ROOM_FOR_NODE;
    case "DATA":
      return inUse("VmData") + ROOM_FOR_NODE;
    case "STACK":
      return LEAST_STACK;
    case "MEMLOCK":
      return 0n;
  }
}

function inUse(field: "VmSize" | "VmData"): bigint {
  return BigInt(readStatus().kib[field] ?? 0) * 1024n;
}

/** The limit for the model, which counts the lab's mappings only: what Node has mapped now is taken off. */
function modelLimit(lab: Lab, which: SetRlimit["which"], value: bigint): bigint {
  if (value === RLIM_INFINITY || (which !== "AS" && which !== "DATA")) return value;
  const all = readMaps();
  const counted = all.filter(({ perms }) => which === "AS" || (perms[1] === "w" && perms[3] === "p"));
  const own = lab.ownRanges();
  const foreign = counted
    .filter((vma) => !own.some(({ start, end }) => start < vma.end && end > vma.start))
    .reduce((sum, { start, end }) => sum + (end - start), 0n);
  return value > foreign ? value - foreign : 0n;
}

/**
 * What the process has used so far: getrusage(2). Node takes faults of its own between two calls: for the faults of one thing
 * use `observe`.
 * @param who a value of {@link RUSAGE}
 * @throws Errno EINVAL for another number
 */
export function getrusage(who: number): ResourceUsage {
  realLab("getrusage").requireOwnProcess("getrusage");
  return usageOf(who);
}

export type { ResourceLimit, ResourceUsage };
