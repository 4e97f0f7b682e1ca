/** Which function runs which operation, and how its return value becomes an outcome. */
import { advance } from "./advance.js";
import { brk } from "./brk.js";
import type { Call } from "./call.js";
import { FaultLog } from "./fault-log.js";
import { close, evict, fsync, ftruncate, open, pread, punch, pwrite, seal } from "./file-calls.js";
import { exit, fork, wait } from "./fork.js";
import { madvise } from "./madvise.js";
import { mincore } from "./mincore.js";
import { mlock, mlock2, mlockall, munlock, munlockall } from "./mlock.js";
import { mmap } from "./mmap.js";
import { mprotect } from "./mprotect.js";
import { mremap } from "./mremap.js";
import { mseal } from "./mseal.js";
import { msync } from "./msync.js";
import { munmap } from "./munmap.js";
import { lockedKb, maps, resident, vmFlags } from "./observe.js";
import type { Operation } from "./operation.js";
import { dropCaps, setRlimit } from "./process-calls.js";
import type { Observation, Outcome } from "./result.js";
import { kernelCopy, peek, touch } from "./touch.js";

/** How an operation ended, and what it saw. */
export interface Answer {
  readonly outcome: Outcome;
  readonly seen?: Observation;
}

const value = (returned: bigint): Answer => ({ outcome: { kind: "value", value: returned } });
const saw = (seen: Observation, returned = 0n): Answer => ({ outcome: { kind: "value", value: returned }, seen });

/** Runs an operation. A failed system call leaves as a `Refusal`. */
export function dispatch(call: Call, operation: Operation): Answer {
  switch (operation.op) {
    case "open":
      return value(open(call, operation));
    case "close":
      return value(close(call, operation));
    case "mmap":
      return value(mmap(call, operation));
    case "munmap":
      return value(munmap(call, operation));
    case "mprotect":
      return value(mprotect(call, operation));
    case "mremap":
      return value(mremap(call, operation));
    case "madvise":
      return value(madvise(call, operation));
    case "msync":
      return value(msync(call, operation));
    case "mlock":
      return value(mlock(call, operation));
    case "munlock":
      return value(munlock(call, operation));
    case "mlock2":
      return value(mlock2(call, operation));
    case "mlockall":
      return value(mlockall(call, operation));
    case "munlockall":
      return value(munlockall(call));
    case "mseal":
      return value(mseal(call, operation));
    case "mincore":
      return saw({ kind: "mincore", pages: mincore(call, operation) });
    case "brk":
      return value(brk(call, operation));
    case "ftruncate":
      return value(ftruncate(call, operation));
    case "pread": {
      const bytes = pread(call, operation);
      return saw({ kind: "bytes", bytes }, BigInt(bytes.length));
    }
    case "pwrite":
      return value(pwrite(call, operation));
    case "fsync":
      return value(fsync(call, operation));
    case "evict":
      return value(evict(call, operation));
    case "punch":
      return value(punch(call, operation));
    case "seal":
      return value(seal(call, operation));
    case "rlimit":
      return value(setRlimit(call, operation));
    case "dropcaps":
      return value(dropCaps(call));
    case "fork":
      return value(fork(call, operation));
    case "exit":
      return value(exit(call));
    case "wait":
      return value(wait(call, operation));
    case "touch": {
      const { outcome, bytes } = touch(call, operation);
      explainAccess(call);
      return bytes === undefined ? { outcome } : { outcome, seen: { kind: "bytes", bytes } };
    }
    case "kernel_copy":
      return value(kernelCopy(call, operation));
    case "peek": {
      const { outcome, bytes } = peek(call, operation, new FaultLog(1));
      return outcome.kind === "value" ? { outcome, seen: { kind: "bytes", bytes } } : { outcome };
    }
    case "advance":
      return value(advance(call, operation));
    case "maps":
      return saw({ kind: "maps", vmas: maps(call, operation) });
    case "resident":
      return saw({ kind: "resident", pages: resident(call, operation) });
    case "vmflags":
      return saw({ kind: "vmflags", flags: vmFlags(call, operation) });
    case "status":
      return saw({ kind: "status", vmLckKb: lockedKb(call) });
  }
}

/** The reason of accesses is that of the last fault; without one, that none was needed. */
function explainAccess({ faults, trail }: Call): void {
  trail.addLater(() => {
    const last = faults.lastReason();
    return last.length > 0 ? last : [{ rule: "fault/none-pte-permits", text: "The page-table entries permit every access: no fault." }];
  });
}
