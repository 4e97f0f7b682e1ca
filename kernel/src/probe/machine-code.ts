/**
 * The page of machine code, one for the whole process: worker threads share it, so that the signal handlers in it are
 * installed once. It stays mapped until the process ends, because a signal handler points into it.
 */
import { MAP, PROT, SIGSEGV } from "../abi/index.js";
import {
  Errno,
  addressText,
  argument,
  errnoOfResult,
  externalBytes,
  mapOwnMemory,
  mprotect,
  rawSyscall,
  readMaps,
  syscallNumber,
} from "../linux/index.js";
import { thisArchitecture, type Architecture } from "./architecture.js";

const SIGNAL_MASK_BYTES = 8;

let loaded: bigint | undefined;

/** The handler of SIGSEGV now: 0 and 1 stand for none. */
function installedHandler(): bigint {
  const action = mapOwnMemory(1);
  try {
    const result = rawSyscall(syscallNumber("rt_sigaction"), [SIGSEGV, 0, action.address, SIGNAL_MASK_BYTES]);
    const code = errnoOfResult(result);
    if (code !== undefined) throw new Errno("rt_sigaction", code, [argument("signum", "SIGSEGV")]);
    return new DataView(action.bytes.buffer, action.bytes.byteOffset).getBigUint64(0, true);
  } finally {
    // The view of this page is not handed out, so nothing can reach it any more.
    rawSyscall(syscallNumber("munmap"), [action.address, action.bytes.length]);
  }
}

/** The code another thread of this process has loaded, found through the handler it installed. */
function loadedByAnotherThread({ code, codePage }: Architecture): bigint | undefined {
  const handler = installedHandler();
  if (handler <= 1n) return undefined;
  const start = handler - (handler % BigInt(codePage));
  const vmas = readMaps();
  const vma = vmas.find((entry) => entry.start <= start && start + BigInt(codePage) <= entry.end);
  const data = vmas.find((entry) => entry.start <= start + BigInt(codePage) && start + BigInt(2 * codePage) <= entry.end);
  if (vma?.perms.startsWith("r-x") !== true || data?.perms.startsWith("rw") !== true) return undefined;
  const found = externalBytes(start, code.length);
  return code.every((byte, i) => found[i] === byte) ? start : undefined;
}

function loadNow({ code, codePage }: Architecture): bigint {
  const size = 2 * codePage;
  const prot = PROT.READ | PROT.WRITE;
  // Private: a child process needs a data page of its own. A hole on both sides is not needed: rights differ from all neighbours'.
  const at = rawSyscall(syscallNumber("mmap"), [0, size, prot, MAP.PRIVATE | MAP.ANONYMOUS | MAP.POPULATE, -1, 0]);
  const failed = errnoOfResult(at);
  if (failed !== undefined) throw new Errno("mmap", failed, [argument("length", `${size} bytes for the probe's machine code`)]);
  externalBytes(at, code.length).set(code);
  try {
    mprotect(at, codePage, PROT.READ | PROT.EXEC);
  } catch (cause) {
    throw new Error(
      `the probe's code at ${addressText(at)} may not be made executable. A security policy (SELinux execmem, a hardened container) forbids it; ` +
        "allow it for Node, or use the model alone",
      { cause },
    );
  }
  return at;
}

/** The address of the probe's entry, loading the code first where this process has not done so yet. */
export function machineCode(): bigint {
  if (loaded === undefined) {
    const architecture = thisArchitecture();
    loaded = loadedByAnotherThread(architecture) ?? loadNow(architecture);
  }
  return loaded;
}
