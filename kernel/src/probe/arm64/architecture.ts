/**
 * The probe's arm64 side.
 *
 * Its machine code has run under emulation only (qemu-user), never on an arm64 machine: that is why the set-up still refuses to
 * install there (setup/platform.mjs). What emulation cannot show, and such a machine would have to: that the kernel makes freshly
 * written code visible to the instruction caches when mprotect(2) makes it executable (__sync_icache_dcache() in
 * arch/arm64/mm/flush.c), so that nothing is left to do here; that its signal frames carry the exception syndrome; and the order
 * of memory accesses between processors. Beyond the probe, `abi` still has the page size and some open(2) flags of x86-64.
 */
import type { Architecture } from "../architecture.js";
import { handlerOffset } from "../handler-mark.js";
import { CODE } from "./code.js";
import { LAST_WORDS } from "./last-words-code.js";

/** Classes of exceptions, and the fields of an abort's syndrome (arch/arm64/include/asm/esr.h). */
const CLASS = { INSTRUCTION_ABORT: 0x20, DATA_ABORT: 0x24 };
const CLASS_SHIFT = 26n;
const CLASS_MASK = 0x3fn;
const ABORT = {
  /** What kind of fault, without the level of the page table. */
  KIND: 0x3cn,
  TRANSLATION: 0x04n,
  ACCESS_FLAG: 0x08n,
  PERMISSION: 0x0cn,
  WRITE: 1n << 6n,
  /** Cache maintenance, which the processor calls a write. */
  MAINTENANCE: 1n << 8n,
};

/** `ret`, in the order of memory. */
const RET = Uint8Array.of(0xc0, 0x03, 0x5f, 0xd6);
const BRANCH_BYTES = 4;

function kind(error: bigint): bigint {
  return error & ABORT.KIND;
}

/** arm64 as the probe sees it. */
export const arm64: Architecture = {
  name: "arm64",
  code: CODE,
  codePage: 65536,
  handler: handlerOffset(CODE, BRANCH_BYTES),
  lastWords: LAST_WORDS,
  rseqSignature: 0xd428_bc00,
  isPageFault: (trap, error) =>
    (trap === CLASS.DATA_ABORT || trap === CLASS.INSTRUCTION_ABORT) &&
    [ABORT.TRANSLATION, ABORT.ACCESS_FLAG, ABORT.PERMISSION].includes(kind(error)),
  faultError: (error) => {
    const fetch = Number((error >> CLASS_SHIFT) & CLASS_MASK) === CLASS.INSTRUCTION_ABORT;
    return {
      present: kind(error) === ABORT.PERMISSION || kind(error) === ABORT.ACCESS_FLAG,
      write: !fetch && (error & ABORT.WRITE) !== 0n && (error & ABORT.MAINTENANCE) === 0n,
      fetch,
    };
  },
  refusalWithoutPageFault: "it accessed memory in a way the processor refuses, as at an address that is not aligned for the instruction",
  looksAt: RET.length,
  refuseToRun(bytes) {
    // Zeros are `udf`, which raises SIGILL: that is not caught.
    if (RET.every((byte, i) => bytes[i] === byte)) return undefined;
    const found = Buffer.from(bytes.subarray(0, RET.length)).toString("hex");
    return `the bytes there are ${found}, not c0035fd6 (ret): running them would not come back. Store those first`;
  },
};
