/** A worker thread that runs programs with refused accesses, and counts what came wrong. */
import { parentPort, workerData } from "node:worker_threads";
const { MAP, PROT, PAGE_SIZE, probe, linux, rounds } = workerData;
const { Program, runProgram } = await import(probe);
const { mmap } = await import(linux);
const at = mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
let wrong = 0;
for (let round = 0; round < rounds; round++) {
  const program = new Program();
  for (let i = 0; i < 100; i++) program.store(at + BigInt(i), 1);
  const run = runProgram(program);
  for (let i = 0; i < 100; i++) if (run.signal(i)?.address !== at + BigInt(i)) wrong++;
}
parentPort.postMessage(wrong);
