/** The probe's x86-64 side. */
import type { Architecture } from "../architecture.js";
import { CODE } from "./code.js";

/** Page-fault error code bits (arch/x86/include/asm/trap_pf.h). */
const PF = { PROT: 1n, WRITE: 2n, INSTR: 16n };

const RET = 0xc3;

/** x86-64 as the probe sees it. */
export const x86_64: Architecture = {
  name: "x64",
  code: CODE,
  codePage: 4096,
  faultError: (error) => ({ present: (error & PF.PROT) !== 0n, write: (error & PF.WRITE) !== 0n, fetch: (error & PF.INSTR) !== 0n }),
  refuseToRun(bytes) {
    const [first, second] = bytes;
    // `ret` comes back; two zero bytes are `add [rax], al` with rax 0, which is a SIGSEGV at address 0 that is caught.
    if (first === RET || (first === 0 && second === 0)) return undefined;
    return `the byte there is 0x${(first ?? 0).toString(16).padStart(2, "0")}, not 0xc3 (ret): running it would not come back. Store 0xc3 first`;
  },
};
