/** Memory for machine code: its first pages are executed, what lies behind them is its data. */
import { MAP, PROT } from "../abi/index.js";
import { Errno, addressText, argument, errnoOfResult, externalBytes, mprotect, rawSyscall, syscallNumber } from "../linux/index.js";

/**
 * Maps machine code, followed by its data. It is never unmapped: signal handlers point into it until the process ends. A child
 * process has data of its own.
 * @param what the code is, for errors
 * @param code at most `codeBytes` long
 * @param codeBytes whole pages
 * @param bytes of code and data together
 * @param prepare writes the data, while nothing can run yet
 * @returns the address of the code
 * @throws Errno where there is no memory; Error where a policy forbids executable memory
 */
export function mapCode(
  what: string,
  code: Uint8Array,
  codeBytes: number,
  bytes: number,
  prepare: (memory: Uint8Array) => void = () => undefined,
): bigint {
  const rights = PROT.READ | PROT.WRITE;
  // A hole on both sides is not needed: the rights of the first page differ from all neighbours'.
  const at = rawSyscall(syscallNumber("mmap"), [0, bytes, rights, MAP.PRIVATE | MAP.ANONYMOUS | MAP.POPULATE, -1, 0]);
  const failed = errnoOfResult(at);
  if (failed !== undefined) throw new Errno("mmap", failed, [argument("length", `${bytes} bytes for ${what}`)]);
  const memory = externalBytes(at, bytes);
  memory.set(code);
  prepare(memory);
  try {
    mprotect(at, codeBytes, PROT.READ | PROT.EXEC);
  } catch (cause) {
    throw new Error(
      `${what} at ${addressText(at)} may not be made executable. A security policy (SELinux execmem, a hardened container) forbids it; ` +
        "allow it for Node, or use the model alone",
      { cause },
    );
  }
  return at;
}
