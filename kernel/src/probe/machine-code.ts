/**
 * The page of machine code, one for the whole process: worker threads share it, so that the signal handlers in it are
 * installed once. It stays mapped until the process ends, because a signal handler points into it.
 */
import { SIGSEGV } from "../abi/index.js";
import { Errno, argument, errnoOfResult, externalBytes, mapOwnMemory, rawSyscall, readMaps, syscallNumber } from "../linux/index.js";
import { thisArchitecture, type Architecture } from "./architecture.js";
import { mapCode } from "./code-memory.js";

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
function loadedByAnotherThread({ code, codePage, handler: offset }: Architecture): bigint | undefined {
  const handler = installedHandler();
  if (handler <= 1n) return undefined;
  const start = handler - BigInt(offset);
  const vmas = readMaps();
  const vma = vmas.find((entry) => entry.start <= start && start + BigInt(codePage) <= entry.end);
  const data = vmas.find((entry) => entry.start <= start + BigInt(codePage) && start + BigInt(2 * codePage) <= entry.end);
  if (vma?.perms.startsWith("r-x") !== true || data?.perms.startsWith("rw") !== true) return undefined;
  const found = externalBytes(start, code.length);
  return code.every((byte, i) => found[i] === byte) ? start : undefined;
}

/** The address of the probe's entry, loading the code first where this process has not done so yet. */
export function machineCode(): bigint {
  if (loaded === undefined) {
    const architecture = thisArchitecture();
    const { code, codePage } = architecture;
    loaded = loadedByAnotherThread(architecture) ?? mapCode("the probe's machine code", code, codePage, 2 * codePage);
  }
  return loaded;
}
