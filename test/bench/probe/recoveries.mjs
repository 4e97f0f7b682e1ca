/** Recoveries from refused accesses, while another thread raises signals of its own: WebAssembly traps, which V8 handles. */
import { Worker } from "node:worker_threads";

/** Recoveries in one program. */
const AT_ONCE = 1000;
const PAGE_BYTES = 4096;
const READ = 1;
const SHARED_ANONYMOUS = 0x21;
const PROT_NONE = 0;

/** Loads beyond the end of its memory over and over, and counts the traps. A module: (memory 1) (func (export "f") (result i32) i32.const 0x10000000 i32.load) */
const TRAPPING = `
  const { parentPort, workerData } = require("node:worker_threads");
  const bytes = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 102, 0, 0, 10, 13, 1, 11, 0, 65, 128, 128,
    128, 128, 1, 40, 2, 0, 11,
  ]);
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  const state = new Int32Array(workerData);
  while (Atomics.load(state, 0) === 0) {
    try {
      f();
      throw new Error("the load did not trap");
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      Atomics.add(state, 1, 1);
    }
  }
  parentPort.postMessage("stopped");
`;

/**
 * Raises SIGSEGV by loads of unreadable and stores to read-only memory, and looks at each report.
 * @param {typeof import("../../../kernel/src/probe/index.js")} probe
 * @param {typeof import("../../../kernel/src/linux/index.js")} linux
 * @param {number} count a multiple of 1000
 * @returns {Promise<{ recovered: number, bad: number, traps: number, nsEach: number }>} `bad`: reports with another signal,
 *   code or address than the access must give
 */
export async function recoverAmongTraps({ Program, runProgram, ticksToNs }, { rawSyscall, syscallNumber }, count) {
  const state = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(TRAPPING, { eval: true, workerData: state.buffer });
  const failed = new Promise((_, reject) => worker.once("error", reject));
  const stopped = new Promise((resolve) => worker.once("message", resolve));
  const map = (/** @type {number} */ prot) => rawSyscall(syscallNumber("mmap"), [0, PAGE_BYTES, prot, SHARED_ANONYMOUS, -1, 0]);
  const [unreadable, readOnly] = [map(PROT_NONE), map(READ)];
  const program = new Program();
  for (let i = 0; i < AT_ONCE; i++) {
    if (i % 2 === 0) program.load(unreadable + BigInt(i));
    else program.store(readOnly + BigInt(i), i & 0xff);
  }
  let [recovered, bad, ns] = [0, 0, 0];
  while (Atomics.load(state, 1) === 0) await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 1))]);
  while (recovered < count) {
    const run = runProgram(program);
    ns += ticksToNs(run.after(AT_ONCE - 1) - run.before(0));
    for (let i = 0; i < AT_ONCE; i++) {
      const signal = run.signal(i);
      const at = (i % 2 === 0 ? unreadable : readOnly) + BigInt(i);
      const right =
        signal?.signal === "SIGSEGV" && signal.code === "SEGV_ACCERR" && signal.address === at && signal.error.write === (i % 2 === 1);
      if (!right) bad += 1;
    }
    recovered += AT_ONCE;
  }
  Atomics.store(state, 0, 1);
  await Promise.race([failed, stopped]);
  await worker.terminate();
  for (const at of [unreadable, readOnly]) rawSyscall(syscallNumber("munmap"), [at, PAGE_BYTES]);
  return { recovered, bad, traps: Atomics.load(state, 1), nsEach: ns / recovered };
}
