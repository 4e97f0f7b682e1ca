/**
 * Faults as userfaultfd reports them. The pages that a program touches are registered for the time it runs; each first
 * access to one of them waits until a page of zeros has been put there from this thread.
 *
 * Measured: that there was a fault, its address, and whether it was a read or a write (by userfaultfd); minor or major, and the
 * time, by the counters and clock around the touch that raised it. Not seen: faults of file mappings, writes to a page that
 * is there (copy-on-write), shared pages that are in the page cache already, and the kernel's own. Those among them that a touch
 * raised are counted all the same, and are reported as lost.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import { Errno, readMaps, type UserFault } from "../../linux/index.js";
import { ticksToNs } from "../clock.js";
import type { Program, TouchStep } from "../program.js";
import type { ProgramRun } from "../run.js";
import { FaultServer, isServed, type FaultAnswer } from "../userfault/fault-server.js";
import { endServing, runServed } from "../userfault/serving.js";
import type { FaultTrace, TracedFault, TracedTouch } from "./tracer.js";

const PAGE = BigInt(PAGE_SIZE);
const ZEROS: FaultAnswer = { kind: "bytes", bytes: new Uint8Array() };

/** The first and one past the last page of a touch step, in bytes. */
function touchedRange({ at, count = 1, stride = PAGE_SIZE }: TouchStep): { readonly start: bigint; readonly end: bigint } {
  const last = at + BigInt(stride) * BigInt(Math.max(0, count - 1));
  const [low, high] = last < at ? [last, at] : [at, last];
  return { start: low - (low % PAGE), end: high - (high % PAGE) + PAGE };
}

/** Traces programs of this process. */
export class UserfaultTrace {
  #seen: readonly UserFault[] = [];

  /**
   * Runs a program in the other thread with the pages of its touches registered.
   * @throws UserfaultfdMissing where the machine does not allow it (any more)
   */
  run(program: Program, touches: readonly TouchStep[]): ProgramRun {
    // The kernel itself maps the zero page for a read, and a page of its own for a write.
    const server = new FaultServer("MISSING", ({ access }) => (access === "write" ? ZEROS : { kind: "zero page" }));
    try {
      for (const touch of touches) register(server, touchedRange(touch));
      const { run, faults, failure } = runServed(program);
      if (failure !== undefined) throw failure.error;
      this.#seen = faults;
      return run;
    } finally {
      server.close();
      endServing();
    }
  }

  /** The faults of the last run. @param start time-stamp counter at which the trace was switched on */
  read(run: ProgramRun, touches: readonly TracedTouch[], start: bigint): Pick<FaultTrace, "faults" | "lost"> {
    const faults: TracedFault[] = [];
    let counted = 0;
    let next = 0;
    for (const { step, touch } of touches) {
      for (let i = 0; i < run.touched(step); i++) {
        const { before, after, minor, major } = run.sample(step, i);
        counted += minor + major;
        const address = BigInt.asUintN(64, touch.at + BigInt(touch.stride ?? PAGE_SIZE) * BigInt(i));
        const seen = this.#seen[next];
        if (seen === undefined || seen.address - (seen.address % PAGE) !== address - (address % PAGE)) continue;
        next++;
        const kind = major > 0 ? "major" : "minor";
        faults.push({ address, kind, atNs: ticksToNs(before - start), tookNs: ticksToNs(after - before) });
      }
    }
    return { faults, lost: Math.max(0, counted - faults.length) };
  }
}

/** Registers the parts of a range that can be: not those of files, and not those that somebody serves already. */
function register(server: FaultServer, range: { readonly start: bigint; readonly end: bigint }): void {
  for (const vma of readMaps()) {
    const start = vma.start > range.start ? vma.start : range.start;
    const end = vma.end < range.end ? vma.end : range.end;
    if (start >= end || isServed({ start, end })) continue;
    try {
      server.add({ start, end });
    } catch (error) {
      if (!(error instanceof Errno)) throw error; // a file's, or the kernel's own: its faults are not seen
    }
  }
}
