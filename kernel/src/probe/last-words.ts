/**
 * Last words: a process that a signal ends says first, on a file descriptor, which instruction raised it, for which address, and
 * what was mapped at that moment. It is for crashes outside of the probe, such as a store through a view of a mapping that became
 * read-only; touches of the probe are survived and never come here.
 *
 * The handler is machine code (last-words.S of each architecture), because no JavaScript can run in a process that crashes.
 */
import { Errno, addressText, argument, errnoOfResult, externalBytes, mapOwnMemory, rawSyscall, syscallNumber } from "../linux/index.js";
import { knownArchitecture, type LastWordsCode } from "./architecture.js";
import { mapCode } from "./code-memory.js";
import { REPORT_MAGIC } from "./last-words-report.js";

/** SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV: those by which a program ends itself, meaning to or not (signal(7)). */
const SIGNALS = [4, 5, 6, 7, 8, 11];

const SIG_IGN = 1n;
const SA_SIGINFO = 0x4n;
const SA_RESTORER = 0x0400_0000n;
const SA_ONSTACK = 0x0800_0000n;
const SIGNAL_MASK_BYTES = 8;

let installed = false;

function loadCode(words: LastWordsCode, fd: number): bigint {
  return mapCode("the crash handler", words.code, words.data, words.end, (memory) => {
    memory.set(Buffer.from(REPORT_MAGIC, "latin1"), words.report);
    new DataView(memory.buffer, memory.byteOffset).setUint32(words.descriptor, fd, true);
  });
}

/** Reads the action of a signal into the first half of `action`, or replaces it by the second half. */
function sigaction(signal: number, set: bigint | 0, get: bigint | 0): void {
  const failed = errnoOfResult(rawSyscall(syscallNumber("rt_sigaction"), [signal, set, get, SIGNAL_MASK_BYTES]));
  if (failed !== undefined) throw new Errno("rt_sigaction", failed, [argument("signum", String(signal))]);
}

/**
 * From now on, a signal that ends this process first has a report written to `fd`. Handlers that are there already keep their
 * turn before it, so call this before the probe runs its first program: the probe then comes first and pays nothing for it.
 *
 * Does nothing where this process has no machine code for it, and when called again.
 *
 * @param fd a descriptor that blocks, open as long as the process lives; its other end is read by another process
 * @throws Errno where the memory or the signals are refused, as under a policy against executable memory
 */
export function leaveLastWords(fd: number): void {
  const words = knownArchitecture()?.lastWords;
  if (installed || words === undefined) return;
  const code = loadCode(words, fd);
  const previous = externalBytes(code + BigInt(words.previous), 32 * 8);
  const handlers = new DataView(previous.buffer, previous.byteOffset, previous.length);
  const { address, bytes } = mapOwnMemory(64);
  try {
    const action = new BigUint64Array(bytes.buffer, bytes.byteOffset, 8);
    action.set([code + BigInt(words.handler), SA_SIGINFO | SA_RESTORER | SA_ONSTACK, code + BigInt(words.restorer), 0n], 4);
    for (const signal of SIGNALS) {
      sigaction(signal, 0, address);
      const [handler = 0n] = action;
      if (handler === SIG_IGN) continue;
      handlers.setBigUint64(signal * 8, handler, true);
      sigaction(signal, address + 32n, 0);
    }
    installed = true;
  } catch (cause) {
    throw new Error(`the crash handler at ${addressText(code)} could not be installed`, { cause });
  } finally {
    // Nobody else has a view of this page.
    rawSyscall(syscallNumber("munmap"), [address, bytes.length]);
  }
}
