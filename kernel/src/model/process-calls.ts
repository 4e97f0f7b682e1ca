/** setrlimit(2) and the loss of capabilities: what changes the rights of a process rather than its memory. */
import type { Call } from "./call.js";
import { totalPages } from "./limits.js";
import type { SetRlimit } from "./operation.js";
import { refuse } from "./reason.js";

/** setrlimit(2). */
export function setRlimit(call: Call, op: SetRlimit): bigint {
  const { process } = call;
  const value = typeof op.value === "bigint" ? op.value : BigInt(totalPages(call.mm) + op.value.currentTotalVmPlusPages) * 4096n;
  const { hard } = process.limits[op.which];
  if (op.softOnly === true) {
    process.limits = { ...process.limits, [op.which]: { soft: value, hard } };
    call.trail.add("rlimit", `The soft limit RLIMIT_${op.which} is ${String(value)} bytes now.`);
    return 0n;
  }
  if (!(process.privileged && call.machine.settings.mayRaiseLimits) && hard !== null && value > hard)
    refuse("EPERM", "rlimit/raised", "Only a process with CAP_SYS_RESOURCE may raise a hard limit.");
  process.limits = { ...process.limits, [op.which]: { soft: value, hard: value } };
  call.trail.add("rlimit", `RLIMIT_${op.which} is ${String(value)} bytes now.`);
  return 0n;
}

/** setresuid(2) to nobody. */
export function dropCaps(call: Call): bigint {
  const { process } = call;
  if (process.droppedCaps) {
    call.trail.add("dropcaps/again", "The process is that user already.");
    return 0n;
  }
  if (!process.privileged) refuse("EPERM", "dropcaps/unprivileged", "An unprivileged process may not change to another user.");
  process.privileged = false;
  process.droppedCaps = true;
  call.trail.add("dropcaps", "The process has no capabilities any more and no longer owns its files.");
  return 0n;
}
