/** The probe's x86-64 side. */
import type { Architecture } from "../architecture.js";
import { handlerOffset } from "../handler-mark.js";
import { CODE } from "./code.js";
import { LAST_WORDS } from "./last-words-code.js";

/** Exceptions (arch/x86/include/asm/trapnr.h). */
const PAGE_FAULT = 14;

/** Page-fault error code bits (arch/x86/include/asm/trap_pf.h). */
const PF = { PROT: 1n, WRITE: 2n, INSTR: 16n };

const RET = 0xc3;
const SHORT_JUMP_BYTES = 2;

/** x86-64 as the probe sees it. */
export const x86_64: Architecture = {
  name: "x64",
  code: CODE,
  codePage: 4096,
  handler: handlerOffset(CODE, SHORT_JUMP_BYTES),
  lastWords: LAST_WORDS,
  rseqSignature: 0x5305_3053,
  isPageFault: (trap) => trap === PAGE_FAULT,
  faultError: (error) => ({ present: (error & PF.PROT) !== 0n, write: (error & PF.WRITE) !== 0n, fetch: (error & PF.INSTR) !== 0n }),
  refusalWithoutPageFault: "it accessed an address that no process can have: bits 47 to 63 of an address have to be equal",
  looksAt: 2,
  refuseToRun(bytes) {
    const [first, second] = bytes;
    // `ret` comes back; two zero bytes are `add [rax], al` with rax 0, which is a SIGSEGV at address 0 that is caught.
    if (first === RET || (first === 0 && second === 0)) return undefined;
    return `the byte there is 0x${(first ?? 0).toString(16).padStart(2, "0")}, not 0xc3 (ret): running it would not come back. Store 0xc3 first`;
  },
};
